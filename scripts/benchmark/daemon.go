package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"bcp/scripts/benchmark/internal/proc"
	"bcp/scripts/internal/process"
)

// startMax is how long the broker may take to listen, with a large journal.
const startMax = time.Minute

// daemon is a running broker.
type daemon struct {
	*process.Process
	address string // tcp://HOST:PORT
	local   string // ipc://PATH
	admin   string // unix:PATH
}

// daemonCommand returns the command line of a broker that keeps its files in the
// folder and listens at the address.
type daemonCommand func(dir, address string) []string

// brokerCommand is bcp-broker, with a journal.
func (o *options) brokerCommand(dir, address string) []string {
	return []string{
		o.broker,
		"--db", journalIn(dir),
		"--listen", localIn(dir), "--listen", address, // in this order: who can be reached by TCP listens at both
		"--admin", adminIn(dir),
		"--log-level", "warn",
	}
}

// adminIn is the address of the API of a broker that keeps its files in the folder.
func adminIn(dir string) string { return "unix:" + filepath.Join(dir, "admin.sock") }

// localIn is the address of the Unix socket of a broker that keeps its files in the folder.
func localIn(dir string) string { return "ipc://" + filepath.Join(dir, "peers.sock") }

// noJournalVerb makes this program a broker without a journal: benchmark VERB ADDRESS...
const noJournalVerb = "no-journal"

// noJournalCommand is a broker that keeps nothing: see package nojournal.
func noJournalCommand(dir, address string) []string {
	return []string{"/proc/self/exe", noJournalVerb, localIn(dir), address}
}

// withDaemon returns what fn measures of a broker in a new folder, which is removed
// afterwards: the broker is killed, as nothing has to be tidied up. An error of fn tells
// also what the broker has logged.
func withDaemon[T any](ctx context.Context, parent string, command daemonCommand, fn func(*daemon) (T, error)) (found T, err error) {
	dir, err := os.MkdirTemp(parent, "bcp-bench-")
	if err != nil {
		return found, err
	}
	defer os.RemoveAll(dir)
	d, err := startDaemon(ctx, dir, command)
	if err != nil {
		return found, err
	}
	defer d.Kill()
	if found, err = fn(d); err != nil {
		err = fmt.Errorf("%w; %s", err, d.words())
	}
	return found, err
}

// startDaemon starts a broker in the folder and waits until it listens. It is
// killed when the context is done.
func startDaemon(ctx context.Context, dir string, command daemonCommand) (*daemon, error) {
	port, err := process.FreePort()
	if err != nil {
		return nil, err
	}
	d := &daemon{address: "tcp://127.0.0.1:" + port, local: localIn(dir), admin: adminIn(dir)}
	argv := command(dir, d.address)
	d.Process, err = process.Start(exec.CommandContext(ctx, argv[0], argv[1:]...), filepath.Join(dir, "broker.log"))
	if err != nil {
		return nil, err
	}
	if err := d.Listening(ctx, "127.0.0.1:"+port, 2*time.Millisecond, startMax); err != nil {
		d.Kill()
		return nil, errors.Join(fmt.Errorf("the broker: %w", err), errors.New(d.words()))
	}
	return d, nil
}

// cpu returns the processor time that the broker's process has used so far.
func (d *daemon) cpu() (time.Duration, error) {
	_, used, err := proc.Stat(d.PID())
	return used, err
}

// addressFor returns where peers of a kind connect.
func (d *daemon) addressFor(kind string) string {
	if kind == leanIPC {
		return d.local
	}
	return d.address
}

// memory returns how many bytes of the broker's process are in memory.
func (d *daemon) memory() (int64, error) { return proc.Memory(d.PID()) }

// words returns what the broker has logged.
func (d *daemon) words() string {
	log, err := os.ReadFile(d.Log)
	if err != nil || len(log) == 0 {
		return "the broker has logged nothing"
	}
	return "the broker has logged: " + string(log)
}
