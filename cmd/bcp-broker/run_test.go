package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
)

// That a socket's file is removed is told by a broker that is there, and by none that ends by
// itself and removes its own.
func TestSocketsOfABrokerThatFails(t *testing.T) {
	dir := t.TempDir()
	db, admin := filepath.Join(dir, "bcp.db"), "unix:"+filepath.Join(dir, "admin")
	o, flags := &options{}, pflag.NewFlagSet("", pflag.ContinueOnError)
	o.AddFlags(flags)
	if err := flags.Parse([]string{"--db", db, "--admin", admin, "--listen", "ipc://" + filepath.Join(dir, "peers")}); err != nil {
		t.Fatal(err)
	}
	log, logged := io.Pipe()
	lines, ended := bufio.NewScanner(log), make(chan error, 1)
	go func() { ended <- run(context.Background(), o, slog.New(slog.NewTextHandler(logged, nil))) }()
	await := func(says string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), says) {
				return
			}
		}
	}
	await("broker is ready")
	if err := os.Remove(filepath.Join(dir, "peers")); err != nil {
		t.Fatal(err)
	}
	await("a socket's file has been moved or removed")
	go func() { _, _ = io.Copy(io.Discard, log) }()

	if err := os.Truncate(db, 0); err != nil {
		t.Fatal(err)
	}
	c, err := api.NewClient(admin)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Submit(t.Context(), api.Submission{Service: "s"}); err == nil {
		t.Error("accepted")
	}
	if err := <-ended; err == nil {
		t.Error("a broker whose journal is cut off ends well")
	}
	stacks := make([]byte, 1<<20)
	if stacks = stacks[:runtime.Stack(stacks, true)]; strings.Contains(string(stacks), "sockets.watch(") {
		t.Errorf("the files are still watched:\n%s", stacks)
	}
}
