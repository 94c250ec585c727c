package main

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

// lineMax bounds a line: the largest body in base64, and room for the rest.
const lineMax = wire.MaxBody/3*4 + 1<<20

// byteOrderMark is what some editors begin a file of UTF-8 with.
const byteOrderMark = "\ufeff"

// otherBytes says what takes a body that is no text.
const otherBytes = "a body of other bytes is accepted as body_base64 or body_file"

// fileLine is a task in a line of a file: a submission, whose body has three forms.
type fileLine struct {
	api.Submission
	Body       *string    `json:"body"`        // as text
	BodyBase64 []byte     `json:"body_base64"` // any bytes
	BodyFile   *api.Given `json:"body_file"`   // the name of a file with it, from the folder of this one
}

// lineTask is a task of a file.
type lineTask struct {
	api.Submission
	line int
}

func (t *lineTask) named() lineKey { return lineKey{Line: t.line, Key: string(t.Key)} }

// taskFile reads tasks from lines of JSON, one by one.
type taskFile struct {
	name   string // as it is called in errors
	folder string // in which files with bodies are looked for
	in     input  // of the lines; these are read until it is interrupted, too
	unsaid lineDefaults
	size   int64 // in bytes, -1 if not known
	read   int64 // of these
	line   int
	lines  *bufio.Scanner
	close  func() error
}

// lineDefaults are for lines that don't say that themselves.
type lineDefaults struct {
	prefix string // of the key, before the line's number; "" for none
	client api.Given
}

// openTaskFile opens the file of that name, - for the standard input.
func openTaskFile(name string, unsaid lineDefaults, in input) (*taskFile, error) {
	if name == "-" {
		f := newTaskFile("standard input", unsaid, in)
		f.close = func() error { return nil }
		return f, nil
	}
	opened, err := in.open(name)
	if err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	f := newTaskFile(name, unsaid, input{in.ctx, opened})
	f.folder, f.close = filepath.Dir(name), opened.Close
	if info, err := opened.Stat(); err == nil && info.Mode().IsRegular() {
		f.size = info.Size()
	}
	return f, nil
}

func newTaskFile(name string, unsaid lineDefaults, in input) *taskFile {
	f := &taskFile{name: name, unsaid: unsaid, in: in, size: -1, lines: bufio.NewScanner(in)}
	f.lines.Buffer(make([]byte, 0, 64<<10), lineMax)
	f.lines.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		n, token, err := bufio.ScanLines(data, atEOF)
		f.read += int64(n)
		return n, token, err
	})
	return f
}

// next returns the next task; io.EOF when there are no more. Empty lines count,
// and are no tasks. What is wrong with a line is told with its number.
func (f *taskFile) next() (*lineTask, error) {
	for f.lines.Scan() {
		text := f.lines.Bytes()
		if f.line++; f.line == 1 {
			text = bytes.TrimPrefix(text, []byte(byteOrderMark))
		}
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		t, err := f.parse(text)
		if err != nil {
			return nil, f.at(f.line, err)
		}
		return t, nil
	}
	switch err := f.lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, f.at(f.line+1, api.Errorf(api.CodeTooLarge, "the line has more than %d bytes, which are accepted", lineMax))
	case err != nil:
		return nil, f.at(f.line+1, err)
	}
	return nil, io.EOF
}

// at says of which line an error is.
func (f *taskFile) at(line int, err error) error { return fmt.Errorf("%s:%d: %w", f.name, line, err) }

// parse reads and checks a line.
func (f *taskFile) parse(text []byte) (*lineTask, error) {
	if !utf8.Valid(text) { // or else what is none would be replaced
		return nil, api.Errorf(api.CodeBadRequest, "it is not UTF-8: "+otherBytes)
	}
	var l fileLine
	strict := api.NewStrict(bytes.NewReader(text))
	dec := json.NewDecoder(strict)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return nil, api.Errorf(api.CodeBadRequest, "%v; a task is one JSON object", api.DecodeError(err, &l))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, api.Errorf(api.CodeBadRequest, "one JSON object is accepted in a line, and nothing after it")
	}
	if err := strict.Wrong(); errors.Is(err, api.ErrHalf) {
		return nil, api.Errorf(api.CodeBadRequest, "%v: "+otherBytes, err)
	} else if err != nil {
		return nil, api.Errorf(api.CodeBadRequest, "%v", err)
	}
	t := &lineTask{Submission: l.Submission, line: f.line}
	t.Client = cmp.Or(t.Client, f.unsaid.client)
	var err error
	if t.Submission.Body, err = f.body(&l); err != nil {
		return nil, err
	}
	if t.Key == "" && f.unsaid.prefix == "" {
		return nil, api.Errorf(api.CodeBadRequest, "the task has no key: a key of its own is accepted, or --key-prefix for all lines without one")
	}
	if t.Key == "" {
		t.Key = api.Given(fmt.Sprintf("%s/%d", f.unsaid.prefix, f.line))
	}
	return t, t.check()
}

// body returns a line's body, in whatever form it is given.
func (f *taskFile) body(l *fileLine) ([]byte, error) {
	forms := 0
	for _, given := range []bool{l.Body != nil, l.BodyBase64 != nil, l.BodyFile != nil} {
		if given {
			forms++
		}
	}
	switch {
	case forms > 1:
		return nil, api.Errorf(api.CodeBadRequest, "one of body, body_base64 and body_file is accepted")
	case l.Body != nil:
		return []byte(*l.Body), nil
	case l.BodyFile == nil:
		return l.BodyBase64, nil
	}
	name := string(*l.BodyFile)
	if !filepath.IsAbs(name) {
		name = filepath.Join(f.folder, name)
	}
	body, err := f.in.readFile(name, wire.MaxBody+1)
	switch {
	case f.in.ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, api.Errorf(api.CodeBadRequest, "body_file: %v", err)
	}
	return body, nil
}

// check tells what is wrong with a task, as far as that can be told without the
// broker.
func (t *lineTask) check() error {
	for _, after := range append(t.After, string(t.SameWorkerAs)) {
		if strings.HasPrefix(after, "#") {
			return api.Errorf(api.CodeBadRequest, "after %q: a task's ID is accepted, or key=KEY for the task of an earlier line", after)
		}
	}
	if len(t.Submission.Body) > wire.MaxBody {
		return api.Errorf(api.CodeTooLarge, "the body has more than %d bytes, which are accepted", wire.MaxBody)
	}
	m, err := t.Submit(anyKey)
	if err != nil {
		return err
	}
	if refused := wire.CheckSpec(m.Spec); refused != nil {
		return api.ErrorOf(refused)
	}
	return nil
}

// anyKey finds a task under every key: whether there is one the broker knows.
func anyKey(key string) (journal.ID, error) {
	sum := sha256.Sum256([]byte(key))
	return journal.ID(sum[:16]), nil
}
