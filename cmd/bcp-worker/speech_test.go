package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"bcp/broker/wire"
	"bcp/worker"
)

// What is wrong with a line is told in words, without the code that is for programs.
func TestSpeechComplains(t *testing.T) {
	for line, says := range map[string]string{
		"set note=" + strings.Repeat("x", 255): `error="pair \"note=xxx`,
		"extend run 36500d":                    `error="extend: \"36500d\" is no duration: run, silence or life, then a duration of at most ten years,`,
		"leap 4":                               `error="unknown word \"leap\": progress, set,`,
		"set " + strings.Repeat("x", 1<<17):    `error="line is too long: at most 131072 bytes are accepted"`,
		"checkpoint-file /dev/zero":            `error="/dev/zero is no regular file: a regular file of at most 65535 bytes is accepted"`,
		"checkpoint-file /no/such/file":        `no such file or directory: a regular file of at most 65535 bytes is accepted"`,
	} {
		var log strings.Builder
		s := &speech{task: new(worker.Task), log: slog.New(slog.NewTextHandler(&log, nil))}
		s.listen(strings.NewReader(line))
		if !strings.Contains(log.String(), says) {
			t.Errorf("%.50s: %s\nshould say %s", line, log.String(), says)
		}
	}
}

// What stands around a refusal is told with it.
func TestInWords(t *testing.T) {
	refused := wire.Errorf(wire.CodeBadOption, "7 is accepted")
	for says, err := range map[string]error{
		"7 is accepted":                  refused,
		"line 2: 7 is accepted":          fmt.Errorf("line 2: %w", refused),
		"set: 7 is accepted, or nothing": fmt.Errorf("set: %w, or nothing", refused),
		"it is another":                  errors.New("it is another"),
	} {
		if text := inWords(err); text != says {
			t.Errorf("%v: %q, want %q", err, text, says)
		}
	}
}
