package mutants

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// How a guided run keeps an input, in a file of its own: a line that says the form, and a
// byte slice as it is written in Go (internal/fuzz of the standard library).
const (
	keptHead = "go test fuzz v1\n[]byte("
	keptTail = ")\n"
)

// kept is the file of an input.
func kept(input []byte) []byte { return fmt.Appendf(nil, keptHead+"%q"+keptTail, input) }

// collect returns the inputs that are kept in a folder, in the order of their files'
// names. There may be none, and no folder; a target's inputs may once have been of
// another form.
func collect(folder string) (inputs [][]byte, err error) {
	files, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			return nil, err
		}
		if input, ok := parseKept(text); ok {
			inputs = append(inputs, input)
		}
	}
	return inputs, nil
}

func parseKept(text []byte) (input []byte, ok bool) {
	text, headed := bytes.CutPrefix(text, []byte(keptHead))
	text, ended := bytes.CutSuffix(text, []byte(keptTail))
	s, err := strconv.Unquote(string(text))
	return []byte(s), headed && ended && err == nil
}
