package api

import (
	"encoding/json"
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
