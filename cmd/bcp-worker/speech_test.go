package main

import (
	"log/slog"
	"strings"
	"testing"

	"bcp/worker"
)

// What is wrong with a line is told in words, without the code that is for programs.
func TestSpeechComplains(t *testing.T) {
	for line, says := range map[string]string{
		"set note=" + strings.Repeat("x", 255): `error="pair \"note=xxx`,
		"extend run 36500d":                    `error="extend: \"36500d\" is no duration: run, silence or life, then a duration of at most ten years,`,
		"leap 4":                               `error="unknown word \"leap\": progress, set,`,
	} {
		var log strings.Builder
		s := &speech{task: new(worker.Task), log: slog.New(slog.NewTextHandler(&log, nil))}
		s.line(line, nil)
		if !strings.Contains(log.String(), says) {
			t.Errorf("%s: %s\nshould say %s", line, log.String(), says)
		}
	}
}
