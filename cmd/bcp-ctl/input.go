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
