package main

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"bcp/scripts/mutants"
)

// FuzzTaskFile reads any file of tasks: each line gives a task with a key, or an error,
// and there is an end.
func FuzzTaskFile(f *testing.F) {
	seeds := mutants.Texts(
		"{\"service\":\"s\",\"key\":\"k\",\"body\":\"hi\",\"after\":[\"#1\"]}\n\n{\"worker\":\"w\",\"body_base64\":\"aGk=\",\"options\":{\"tries\":3}}\n",
		"{\"service\":\"s\",\"labels\":{\"a\":\"b\"}}", "{}{}", "[]", "null", "",
	)
	mutants.Fuzz(f, seeds, func(t testing.TB, text []byte) {
		if bytes.Contains(bytes.ToLower(text), []byte("body_f")) {
			return // any file of the machine
		}
		file := newTaskFile("f", lineDefaults{prefix: "p"}, input{t.Context(), bytes.NewReader(text)})
		lines := bytes.Count(text, []byte("\n")) + 1
		for n := 0; ; n++ {
			task, err := file.next()
			if err != nil {
				if task != nil || !errors.Is(err, io.EOF) && err.Error() == "" {
					t.Errorf("%+v, %v", task, err)
				}
				return
			}
			if task.Key == "" || n >= lines {
				t.Errorf("task %d of %d lines: %+v", n, lines, task)
			}
		}
	})
}
