package client_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal/bolt"
)

// A broker that keeps one task forgets the first of many, and remembers its key: the
// same submit makes no second task, and who waits is told that the end is forgotten.
// A task that asks to be kept is.
func TestForgottenTask(t *testing.T) {
	store, err := bolt.Open(filepath.Join(t.TempDir(), "bcp.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{Listen: []string{"tcp://127.0.0.1:*"}, KeepCount: 1}, store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	running, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(s.Run(running), store.Close()) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	c, err := client.Dial(ctx, s.Endpoints()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	first := client.Task{Service: "nobody", Key: "first", Body: []byte("body")}
	kept := client.Task{Service: "nobody", Key: "kept", Keep: time.Hour}
	gone, stays := submitAndCancel(t, c, first), submitAndCancel(t, c, kept)
	for { // pruning goes with the tasks that end
		submitAndCancel(t, c, client.Task{Service: "nobody"})
		if _, err := store.Get(gone.ID()); err != nil {
			break
		}
		runtime.Gosched()
	}
	again, err := c.Submit(ctx, first)
	if err != nil || !again.Known() || again.ID() != gone.ID() {
		t.Fatalf("submitted again as %s, known %v, %v; want %s", again.ID(), again.Known(), err, gone.ID())
	}
	for _, wait := range []func() error{
		func() error { _, err := again.Wait(ctx); return err },
		func() error { _, err := c.Wait(ctx, gone.ID()); return err },
		func() error { _, err := c.Query(ctx, gone.ID()); return err },
	} {
		if err := wait(); !isCode(err, wire.CodeGone) {
			t.Errorf("of a forgotten task: %v", err)
		}
	}
	first.Body = []byte("another")
	if _, err := c.Submit(ctx, first); !isCode(err, wire.CodeKeyConflict) {
		t.Errorf("submitted with another body: %v", err)
	}
	if _, err := c.Query(ctx, stays.ID()); err != nil {
		t.Errorf("the task that asked to be kept: %v", err)
	}
}

// submitAndCancel returns a task that has ended.
func submitAndCancel(t *testing.T, c *client.Client, task client.Task) *client.Handle {
	t.Helper()
	h := submit(t, c, task)
	if _, err := c.Cancel(t.Context(), h.ID(), "test"); err != nil {
		t.Fatal(err)
	}
	return h
}
