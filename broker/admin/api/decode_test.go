package api

import (
	"encoding/json"
	"strings"
	"testing"
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
		if err == nil || DecodeError(err).Error() != says {
			t.Errorf("%s: %v\nshould say %s", text, DecodeError(err), says)
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
		`{"servic":"s"}`: `unknown field "servic"`,
		`{"tries":3}`:    `unknown field "tries", which is accepted in options`,
	} {
		dec := json.NewDecoder(strings.NewReader(text))
		dec.DisallowUnknownFields()
		if err := DecodeError(dec.Decode(&Submission{})); err.Error() != says {
			t.Errorf("%q: %v\nshould say %s", text, err, says)
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
		if err == nil || !strings.HasSuffix(DecodeError(err).Error(), ": it is empty: a text is accepted, or no such field") {
			t.Errorf("%s: %v", text, err)
		}
	}
	var s Submission
	if err := json.Unmarshal([]byte(`{"service":"s","worker":null}`), &s); err != nil || s.Service != "s" || s.Worker != "" {
		t.Errorf("null: %+v, %v", s, err)
	}
}
