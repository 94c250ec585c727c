package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// named is a file that a flag names.
type named struct{ flag, path string }

// checkFiles refuses one file for two things: what then fails would name one of the flags alone.
func (o *options) checkFiles() error {
	files := append([]named{{"--db " + o.db, o.db}}, o.socketFiles()...)
	for i, a := range files {
		for _, b := range files[i+1:] {
			if oneFile(a.path, b.path) {
				return fmt.Errorf("%s and %s: it is one file: a name of its own is accepted for each", a.flag, b.flag)
			}
		}
	}
	return nil
}

// socketFiles are the files by which others connect, as the flags name them.
func (o *options) socketFiles() (files []named) {
	if path, ok := strings.CutPrefix(o.admin, "unix:"); ok {
		files = append(files, named{"--admin " + o.admin, path})
	}
	for _, endpoint := range o.listen {
		if path, ok := strings.CutPrefix(endpoint, "ipc://"); ok && path != "*" { // which is a new one each time
			files = append(files, named{"--listen " + endpoint, path})
		}
	}
	return files
}

// oneFile tells whether two names are of one file, which may not be there yet.
func oneFile(a, b string) bool {
	isA, _ := os.Stat(a)
	isB, _ := os.Stat(b)
	fullA, errA := filepath.Abs(a)
	fullB, errB := filepath.Abs(b)
	return os.SameFile(isA, isB) || errA == nil && errB == nil && fullA == fullB
}
