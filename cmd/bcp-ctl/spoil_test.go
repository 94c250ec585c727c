package main

import (
	"bytes"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// spoilCommand flips a bit of a text wherever it is in a file: "spoil FILE TEXT".
func spoilCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: spoil FILE TEXT")
	}
	content, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	wrong := []byte(args[1])
	wrong[0] ^= 1
	spoiled := bytes.ReplaceAll(content, []byte(args[1]), wrong)
	if bytes.Equal(spoiled, content) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), spoiled, 0o600))
}
