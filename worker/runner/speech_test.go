package runner

import (
	"io"
	"strings"
	"syscall"
	"testing"
)

// What a command says is heard after its start and before its end, all of it,
// also what its children say.
func TestSpeech(t *testing.T) {
	r := newRunner(t)
	c := shell(`echo first >&$BCP_PROGRESS_FD; (echo second >&$BCP_PROGRESS_FD) & wait; echo third >&3; echo result`)
	started, heard := false, ""
	c.Started = func() { started = true }
	c.Listen = func(r io.Reader) {
		text, err := io.ReadAll(r)
		if !started || err != nil {
			t.Errorf("started: %v, error %v", started, err)
		}
		heard = string(text)
	}
	out, err := r.Run(t.Context(), c)
	if err != nil || string(out) != "result\n" || heard != "first\nsecond\nthird\n" {
		t.Errorf("heard %q, result %q, error %v", heard, out, err)
	}
}

// A command whose words nobody wants any more doesn't wait for a reader.
func TestSpeechUnheard(t *testing.T) {
	r := newRunner(t)
	c := shell(`head -c 1000000 /dev/zero >&$BCP_PROGRESS_FD && echo said`)
	c.Listen = func(io.Reader) {}
	if out, err := r.Run(t.Context(), c); err != nil || string(out) != "said\n" {
		t.Errorf("result %q, error %v", out, err)
	}
}

// Without a listener there is no descriptor, and none is named.
func TestNoSpeech(t *testing.T) {
	r := newRunner(t)
	syscall.CloseOnExec(3) // the tests may have been started with one
	out, err := r.Run(t.Context(), shell(`echo "named: $BCP_PROGRESS_FD"; (: >&3) 2>/dev/null || echo closed`))
	if err != nil || strings.Join(strings.Fields(string(out)), " ") != "named: closed" {
		t.Errorf("result %q, error %v", out, err)
	}
}
