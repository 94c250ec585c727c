package admin

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// A request that is cut off has ended when the server has: what it leaves half done it still
// removes.
func TestServeWaitsForWhatItCutsOff(t *testing.T) {
	dir, address := t.TempDir(), filepath.Join(t.TempDir(), "s")
	l := listen(t, "unix:"+address)
	half, begun := filepath.Join(dir, "half"), make(chan struct{})
	backup := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := os.WriteFile(half, make([]byte, 1<<20), 0o600); err != nil {
			t.Error(err)
		}
		close(begun)
		<-r.Context().Done()
		if err := os.Remove(half); err != nil {
			t.Error(err)
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, l, backup, slog.New(slog.DiscardHandler)) }()
	conn, err := net.Dial("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	say := func(text string) {
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	say("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-begun
	say("GET") // the server reads ahead, and doesn't see then that the connection is closed
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
