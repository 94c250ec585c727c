package process_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bcp/scripts/internal/process"
)

// most is how long a test waits for a process that should end at once.
const most = time.Minute

// child is a process of a shell that tells when it is there and when it gets a SIGTERM,
// and else stays.
const child = `sh -c 'trap "echo told; exit" TERM; echo there >&3; read never <&4'`

// parent starts a shell with a child. What is returned reads to its end when neither lives.
func parent(t *testing.T, trap string) (*process.Process, *bufio.Reader) {
	t.Helper()
	lives, theirs := pipe(t)
	never, _ := pipe(t)
	cmd := exec.Command("sh", "-c", trap+"; "+child+" & wait")
	cmd.ExtraFiles = []*os.File{theirs, never}
	p, err := process.Start(cmd, filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	_ = theirs.Close() // only theirs counts
	r := bufio.NewReader(lives)
	if line, err := r.ReadString('\n'); line != "there\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return p, r
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}

// nobodyLeft waits until nobody of the group has the pipe open.
func nobodyLeft(t *testing.T, lives *bufio.Reader) {
	t.Helper()
	if rest, err := lives.ReadString('\n'); rest != "" {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestKill(t *testing.T) {
	p, lives := parent(t, "true")
	p.Kill()
	nobodyLeft(t, lives)
	if !p.Ended() {
		t.Error("a process that was killed has not ended")
	}
	p.Kill() // nothing is left to do
	p.Signal(syscall.SIGSTOP)
}

// TestStop ends a shell and its child, and reads which of them did so in order.
func TestStop(t *testing.T) {
	const orderly = "trap 'echo ends; exit' TERM"
	for name, c := range map[string]struct {
		trap string
		stop func(*process.Process)
		log  string
	}{
		"both":        {orderly, func(p *process.Process) { p.Stop(most) }, "ends told"},
		"the first":   {orderly, func(p *process.Process) { p.StopFirst(syscall.SIGTERM, most) }, "ends"},
		"none":        {"trap '' TERM", func(p *process.Process) { p.Stop(time.Millisecond) }, ""},
		"none either": {"trap '' TERM", func(p *process.Process) { p.StopFirst(syscall.SIGTERM, time.Millisecond) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, lives := parent(t, c.trap)
			c.stop(p)
			nobodyLeft(t, lives)
			log, err := os.ReadFile(p.Log)
			words := strings.Fields(string(log))
			slices.Sort(words)
			if got := strings.Join(words, " "); err != nil || got != c.log {
				t.Errorf("its log is %q, %v; %q is right", got, err, c.log)
			}
		})
	}
}

func TestStartAppendsToTheLog(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	for i := range 2 {
		p, err := process.Start(exec.Command("echo", fmt.Sprint(i)), log)
		if err != nil {
			t.Fatal(err)
		}
		<-p.Done()
	}
	if text, err := os.ReadFile(log); string(text) != "0\n1\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := process.Start(exec.Command("/no/such/program"), log); err == nil {
		t.Error("a program that is not there was started")
	}
}

func TestListening(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p, _ := parent(t, "true")
	if err := p.Listening(t.Context(), l.Addr().String(), time.Millisecond, most); err != nil {
		t.Error(err)
	}
	port, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	p.Kill()
	err = p.Listening(t.Context(), "127.0.0.1:"+port, time.Millisecond, most)
	if err == nil || !strings.Contains(err.Error(), "it has ended: signal: killed") {
		t.Errorf("a process that has ended: %v", err)
	}
}
