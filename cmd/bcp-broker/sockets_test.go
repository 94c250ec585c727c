package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// That a socket's file is gone, or another, is logged once, and that it is back.
func TestSocketsThatAreRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	hidden := dir + ".hidden"
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path, away := filepath.Join(dir, "s"), filepath.Join(dir, "away")
	o := &options{db: filepath.Join(dir, "bcp.db"), admin: "http://127.0.0.1:0", listen: []string{"ipc://" + path, "ipc://*", "tcp://127.0.0.1:*"}}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stay := func() error { return nil }
	s := socketsOf(o.socketFiles())
	for _, test := range []struct {
		what string
		do   func() error
		says string
	}{
		{"there", stay, ""},
		{"not to be seen", func() error { return errors.Join(os.Rename(dir, hidden), os.WriteFile(dir, nil, 0o600)) }, ""},
		{"to be seen", func() error { return errors.Join(os.Remove(dir), os.Rename(hidden, dir)) }, ""},
		{"moved", func() error { return os.Rename(path, away) }, `has been moved or removed: nobody can connect there any more; put it back, or start the broker anew, which loses nothing" flag="--listen ipc://` + path},
		{"still away", stay, ""},
		{"another", func() error { return os.WriteFile(path, nil, 0o600) }, ""},
		{"back", func() error { return os.Rename(away, path) }, "is back"},
	} {
		var log strings.Builder
		err := test.do()
		s.look(slog.New(slog.NewTextHandler(&log, nil)))
		if got := log.String(); err != nil || !strings.Contains(got, test.says) || test.says == "" && got != "" {
			t.Errorf("%s: %v, %q is logged", test.what, err, got)
		}
	}
}
