package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"bcp/cmd/internal/scripttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bcp-broker": main})
}

// TestScripts runs the scripts in testdata against the real program.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: scripttest.Setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  scripttest.ExitsInALine,
			"serve":  serveCommand,
			"end":    endCommand,
			"occupy": occupyCommand,
		},
	})
}

// Who asks where the journal is stands in another folder than the broker.
func TestJournalIsToldWithItsFolder(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{"bcp.db": filepath.Join(dir, "bcp.db"), "/srv/bcp.db": "/srv/bcp.db"} {
		if told := (&options{db: given}).info(time.Now()).Journal; told != want {
			t.Errorf("%s is told as %s, want %s", given, told, want)
		}
	}
}

// daemon is a broker that a script has started.
type daemon struct {
	cmd    *exec.Cmd
	logged chan struct{} // closed when its log has ended
}

// daemons are the running brokers, by their scripts' directories.
var daemons sync.Map

// serveCommand starts a broker and waits until it is ready; its log goes to
// the file log: "serve FLAG...".
func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: serve FLAG...")
	}
	path, err := exec.LookPath("bcp-broker")
	ts.Check(err)
	d := &daemon{cmd: exec.Command(path, args...), logged: make(chan struct{})}
	d.cmd.Dir, d.cmd.Env = ts.MkAbs("."), append(os.Environ(), "XDG_RUNTIME_DIR="+ts.MkAbs("."))
	stderr, err := d.cmd.StderrPipe()
	ts.Check(err)
	log, err := os.Create(ts.MkAbs("log"))
	ts.Check(err)
	ts.Check(d.cmd.Start())
	daemons.Store(ts.MkAbs("."), d)
	ts.Defer(func() { terminate(ts, syscall.SIGKILL) })
	ready := make(chan struct{})
	go d.copyLog(log, stderr, ready)
	select {
	case <-ready:
	case <-d.logged:
		ts.Fatalf("the broker did not become ready:\n%s", ts.ReadFile("log"))
	}
}

// copyLog copies the log line by line, and tells when the broker is ready.
func (d *daemon) copyLog(to io.WriteCloser, from io.Reader, ready chan<- struct{}) {
	defer close(d.logged)
	defer to.Close()
	for lines := bufio.NewScanner(from); lines.Scan(); {
		_, _ = io.WriteString(to, lines.Text()+"\n")
		if ready != nil && strings.Contains(lines.Text(), "broker is ready") {
			close(ready)
			ready = nil
		}
	}
}

// endCommand ends the broker by a signal and checks how it ended:
// "end TERM", "end INT" for exit code 0, "end KILL" for a crash.
func endCommand(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}
	if neg || len(args) != 1 || signals[args[0]] == 0 {
		ts.Fatalf("usage: end TERM|INT|KILL")
	}
	state := terminate(ts, signals[args[0]])
	if state == nil {
		ts.Fatalf("no broker runs")
	}
	if crashed := args[0] == "KILL"; state.Success() == crashed {
		ts.Fatalf("the broker ended with %v:\n%s", state, ts.ReadFile("log"))
	}
}

// terminate signals the script's broker, if one runs, and waits for its end.
func terminate(ts *testscript.TestScript, signal syscall.Signal) *os.ProcessState {
	v, ok := daemons.LoadAndDelete(ts.MkAbs("."))
	if !ok {
		return nil
	}
	d := v.(*daemon)
	_ = d.cmd.Process.Signal(signal) // it may have ended by itself: its state tells
	<-d.logged
	_ = d.cmd.Wait()
	return d.cmd.ProcessState
}

// occupyCommand listens on a TCP port until the script ends, and sets $port.
func occupyCommand(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Setenv("port", port)
}
