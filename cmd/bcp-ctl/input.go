package main

import (
	"context"
	"io"
	"os"
)

// input is what somebody types or sends, until the command is interrupted: a read that
// waits for more is left behind then, for nothing else ends it.
type input struct {
	ctx  context.Context
	from io.Reader
}

// Read implements io.Reader.
func (in input) Read(p []byte) (int, error) {
	room := make([]byte, len(p)) // of a read that may be left behind
	var n int
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		n, err = in.from.Read(room)
	}()
	select {
	case <-done:
		return copy(p, room[:n]), err
	case <-in.ctx.Done():
		return 0, in.ctx.Err()
	}
}

// open opens a file for reading, until the command is interrupted: a pipe that nobody writes to
// waits for that.
func (in input) open(name string) (*os.File, error) {
	var opened *os.File
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		opened, err = os.Open(name)
	}()
	select {
	case <-done:
		return opened, err
	case <-in.ctx.Done():
		return nil, in.ctx.Err()
	}
}

// readSome reads so much, or all if there is less.
func (in input) readSome(most int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(in, most))
}

// readFile is readSome of a file.
func (in input) readFile(name string, most int64) ([]byte, error) {
	opened, err := in.open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	return input{in.ctx, opened}.readSome(most)
}
