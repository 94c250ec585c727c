package api

import (
	"errors"
	"strings"
	"testing"
)

// A list is complete only with its last line, and only if that counts right.
func TestReadLines(t *testing.T) {
	const item = `{"item":{"name":"w"}}` + "\n"
	for name, test := range map[string]struct {
		text  string
		items int
		code  string // of the error, "" for none
	}{
		"empty":            {`{"end":{"items":0}}`, 0, ""},
		"complete":         {item + item + `{"end":{"items":2}}`, 2, ""},
		"nothing at all":   {"", 0, brokeOff},
		"no end":           {item + item, 2, brokeOff},
		"cut in a line":    {item + `{"item":{"na`, 1, brokeOff},
		"cut in the end":   {item + `{"end":{"items"`, 1, brokeOff},
		"an item too few":  {item + `{"end":{"items":2}}`, 1, CodeIncomplete},
		"neither":          {item + `{"other":1}`, 1, CodeIncomplete},
		"ended with error": {item + `{"error":{"code":"damaged","message":"task x"}}`, 1, CodeDamaged},
		"not JSON":         {"<html>", 0, CodeIncomplete},
		"not a list's":     {`{"item":7}`, 0, CodeIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			items := 0
			_, err := readLines(strings.NewReader(test.text), func(w Worker) error {
				items++
				if w.Name != "w" {
					t.Errorf("item %+v", w)
				}
				return nil
			})
			if items != test.items || codeOf(err) != test.code {
				t.Errorf("%d items and %v: want %d and code %q", items, err, test.items, test.code)
			}
		})
	}
}

func TestReadLinesStopsAtItsCallersError(t *testing.T) {
	want := errors.New("enough")
	_, err := readLines(strings.NewReader(`{"item":{}}{"item":{}}{"end":{"items":2}}`), func(Worker) error { return want })
	if !errors.Is(err, want) {
		t.Errorf("error %v", err)
	}
}

// brokeOff stands for the code of an answer that broke off, of which nobody has asked yet why.
const brokeOff = "broke off"

func codeOf(err error) string {
	var e *Error
	if errors.As(err, new(*brokenOff)) {
		return brokeOff
	}
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return "another error: " + err.Error()
	}
	return ""
}
