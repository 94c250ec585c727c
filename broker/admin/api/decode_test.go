package api

import (
	"encoding/json"
	"strings"
	"testing"
)

// What is accepted of some requests.
const (
	ofSubmission = "worker, service, all, argv, key, client, body, options, same_worker_as, after, on_unmet, labels are accepted"
	ofChange     = "ids, filter (filter, states, worker, service, since, before, held, delayed, labels, all), all, by, reason, dry_run, " +
		"edit (worker, service, options, on_unmet, labels, clear) are accepted"
)

// What is wrong is told with the field's name and what is accepted, and not with Go's
// words.
func TestDecodeError(t *testing.T) {
	for text, says := range map[string]string{
		`[]`:                   "JSON array: an object is accepted",
		`{"key":5}`:            "key: JSON number: a text is accepted",
		`{"all":"yes"}`:        "all: JSON string: true or false is accepted",
		`{"argv":"ls"}`:        "argv: JSON string: a list is accepted",
		`{"labels":["run"]}`:   "labels: JSON array: an object is accepted",
		`{"body":5}`:           "body: JSON number: a text in base64 is accepted",
		`{"body":"YQ=!"}`:      "a body is accepted in base64, and byte 2 is not",
		`{"service":""}`:       "service: it is empty: a text is accepted, or no such field",
		`{"same_worker_as":5}`: "same_worker_as: JSON number: a text is accepted",
		`{"options":[]}`:       "options: an object is accepted",
		`{"options":"faster"}`: "options: an object is accepted",
	} {
		var s Submission
		err := json.Unmarshal([]byte(text), &s)
		if err == nil || DecodeError(err, &s).Error() != says {
			t.Errorf("%s: %v\nshould say %s", text, DecodeError(err, &s), says)
		}
	}
}

// JSON that is not there, or not complete, is told as that.
func TestDecodeErrorOfCutJSON(t *testing.T) {
	for text, says := range map[string]string{
		``:               "it is empty",
		` `:              "it is empty",
		`{`:              "it is cut off",
		`{"key":"a"`:     "it is cut off",
		`{"key":"a`:      "it is cut off",
		`key`:            "invalid character 'k' looking for beginning of value",
		`{"servic":"s"}`: `unknown field "servic": ` + ofSubmission,
	} {
		var s Submission
		if err := DecodeError(strict([]byte(text)).Decode(&s), &s); err.Error() != says {
			t.Errorf("%q: %v\nshould say %s", text, err, says)
		}
	}
}

// Where options are accepted is told of a field that is one, if they are there at all.
func TestDecodeErrorOfAnOption(t *testing.T) {
	for _, test := range []struct {
		text string
		into any
		says string
	}{
		{`{"tries":3}`, &Submission{}, `unknown field "tries", which is accepted in options`},
		{`{"after_all":3}`, &Submission{}, `unknown field "after_all": ` + ofSubmission},
		{`{"all":true,"tries":3}`, &Change{}, `unknown field "tries": ` + ofChange},
		{`{"edit":{"tries_max":3}}`, &Change{}, `unknown field "tries_max": ` + ofChange},
		{`{"filter":{"stat":["failed"]}}`, &Change{}, `unknown field "stat": ` + ofChange},
		{`{"edit":{"tries":3}}`, &Change{}, `unknown field "tries", which is accepted in edit.options`},
		{`{"tries":3}`, &ExportRequest{}, `unknown field "tries": filter is accepted`},
		{`{"id":["x"]}`, &ReplayRequest{}, `unknown field "id": ids, dry_run are accepted`},
		{`{"path":"x"}`, &struct{}{}, `unknown field "path": none is accepted`},
	} {
		err := DecodeError(strict([]byte(test.text)).Decode(test.into), test.into)
		if err.Error() != test.says {
			t.Errorf("%s into %T: %v\nshould say %s", test.text, test.into, err, test.says)
		}
	}
}

// A text that says who is meant, and got lost, is refused where it is.
func TestEmptyTexts(t *testing.T) {
	for text, into := range map[string]any{
		`{"worker":""}`:                                 &Submission{},
		`{"key":""}`:                                    &Submission{},
		`{"client":""}`:                                 &Submission{},
		`{"same_worker_as":""}`:                         &Submission{},
		`{"tasks":[{"service":""}]}`:                    &Batch{},
		`{"filter":""}`:                                 &ExportRequest{},
		`{"ids":["x"],"edit":{"worker":""}}`:            &Change{},
		`{"filter":{"states":["failed"],"service":""}}`: &Change{},
		`{"filter":{"filter":"","held":true}}`:          &Change{},
	} {
		err := json.Unmarshal([]byte(text), into)
		if err == nil || !strings.HasSuffix(DecodeError(err, into).Error(), ": it is empty: a text is accepted, or no such field") {
			t.Errorf("%s: %v", text, err)
		}
	}
	var s Submission
	if err := json.Unmarshal([]byte(`{"service":"s","worker":null}`), &s); err != nil || s.Service != "s" || s.Worker != "" {
		t.Errorf("null: %+v, %v", s, err)
	}
}
