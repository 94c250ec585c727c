package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/worker"
)

var first = wire.Ref{Task: journal.ID{1}, Attempt: 1}

func TestLifeOfATask(t *testing.T) {
	b := newBroker(t)
	w := b.run(worker.Config{
		Services: []string{"echo"}, Slots: 2,
		Handler: func(_ context.Context, task *worker.Task) ([]byte, error) {
			if task.ID != first.Task || task.Attempt != 1 || task.Service != "echo" || task.Argv[0] != "argument" {
				t.Errorf("task %+v", task)
			}
			return append([]byte("re: "), task.Body...), nil
		},
	})
	reg := b.welcome()
	if reg.Name != "w" || reg.Slots != 2 || reg.Services[0] != "echo" || reg.Instance == [16]byte{} || reg.NoInventory {
		t.Errorf("registration %+v", reg)
	}
	b.send(&wire.Dispatch{Ref: first, Seq: 1, Service: "echo", Argv: []string{"argument"}, Body: []byte("body")})
	if m := next[*wire.Begun](b); m.Ref != first {
		t.Errorf("begun %+v", m)
	}
	m := b.outcome()
	if m.Ref != first || m.Verdict != wire.VerdictDone || string(m.Payload) != "re: body" {
		t.Errorf("outcome %+v", m)
	}
	b.send(&wire.Beat{Ask: true})
	if m := next[*wire.WorkerBeat](b); len(m.Inventory) != 0 || m.Seen != 1 || m.Draining {
		t.Errorf("beat %+v", m)
	}
	w.stop()
	if m := next[*wire.WorkerBeat](b); !m.Draining {
		t.Errorf("beat %+v", m)
	}
	b.leaves(w)
}

// A program that makes many workers may use the lists of one for the next: each registers as
// it was made, also when it does again.
func TestConfigIsCopied(t *testing.T) {
	b := newBroker(t)
	cfg := worker.Config{
		Broker: b.endpoint, Name: "w", Handler: nothing,
		Services: []string{"one"}, Labels: map[string]string{"n": "1"}, Resources: map[string]string{"cpu": "1"},
	}
	w, err := worker.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Services[0], cfg.Labels["n"], cfg.Resources["cpu"] = "two", "2", "2"
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	m := b.welcome()
	if m.Services[0] != "one" || m.Labels[0] != "n=1" || m.Resources[0] != "cpu=1" {
		t.Errorf("it registers with %v, %v, %v", m.Services, m.Labels, m.Resources)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestVerdicts(t *testing.T) {
	handlers := []struct {
		handler worker.Handler
		verdict wire.Verdict
		text    string
		class   string
	}{
		{returns(errors.New("broken")), wire.VerdictFailed, "broken", ""},
		{returns(worker.ErrRefused), wire.VerdictRefused, "attempt refused", ""},
		{returns(worker.ErrNotMe), wire.VerdictElsewhere, "another worker shall do it", ""},
		{returns(worker.Never(errors.New("no such input"))), wire.VerdictNever, "no such input", ""},
		{returns(worker.Class(errors.New("broken"), "disk-full")), wire.VerdictFailed, "broken", "disk-full"},
		{returns(fmt.Errorf("step 2: %w", worker.Never(worker.Class(os.ErrNotExist, "input")))), wire.VerdictNever, "step 2: file does not exist", "input"},
		{returns(worker.Class(errors.New("broken"), "two words")), wire.VerdictFailed, `broken (class "two words": printable UTF-8`, ""},
		{func(context.Context, *worker.Task) ([]byte, error) { panic("oops") }, wire.VerdictFailed, "panic: oops", ""},
		{func(context.Context, *worker.Task) ([]byte, error) { runtime.Goexit(); return nil, nil }, wire.VerdictFailed, "handler ended its goroutine", ""},
	}
	b := newBroker(t)
	b.run(worker.Config{
		Slots: len(handlers),
		Handler: func(ctx context.Context, task *worker.Task) ([]byte, error) {
			return handlers[task.Attempt-1].handler(ctx, task)
		},
	})
	b.welcome()
	for i, h := range handlers {
		ref := wire.Ref{Task: journal.ID{byte(i)}, Attempt: uint32(i + 1)}
		b.send(&wire.Dispatch{Ref: ref, Seq: uint64(i + 1)})
		m := b.outcome()
		if m.Ref != ref || m.Verdict != h.verdict || !strings.HasPrefix(m.Text, h.text) || m.Class != h.class || m.Payload != nil {
			t.Errorf("outcome %+v", m)
		}
	}
}

// returns is a handler that fails with the error, after some work.
func returns(err error) worker.Handler {
	return func(context.Context, *worker.Task) ([]byte, error) { return []byte("x"), err }
}

func TestNoErrorStaysNone(t *testing.T) {
	if worker.Never(nil) != nil || worker.Class(nil, "x") != nil {
		t.Error("nil becomes an error")
	}
}

func TestStop(t *testing.T) {
	b := newBroker(t)
	b.run(worker.Config{
		Handler: func(ctx context.Context, task *worker.Task) ([]byte, error) {
			<-ctx.Done()
			<-task.Overdue()
			return nil, context.Cause(ctx)
		},
	})
	b.give()
	next[*wire.Begun](b)
	b.send(&wire.Stop{Ref: first, Reason: journal.ReasonCanceled, GraceMS: 1})
	m := b.outcome()
	if m.Verdict != wire.VerdictStopped || m.Text != worker.ErrStopped.Error() {
		t.Errorf("outcome %+v", m)
	}
}

func TestHandlerStarts(t *testing.T) {
	proceed := make(chan struct{})
	b := newBroker(t)
	b.run(worker.Config{
		HandlerStarts: true,
		Handler: func(_ context.Context, task *worker.Task) ([]byte, error) {
			<-proceed
			task.Started()
			task.Progress(0.5, "halfway")
			<-proceed
			return nil, nil
		},
	})
	b.give()
	b.send(&wire.Beat{Ask: true})
	if m := next[*wire.WorkerBeat](b); m.Inventory[0].Phase != wire.PhaseTaken {
		t.Errorf("inventory %+v", m.Inventory)
	}
	proceed <- struct{}{}
	next[*wire.Begun](b)
	if m := next[*wire.Progress](b); m.Ref != first || m.Fraction != 0.5 || m.Text != "halfway" {
		t.Errorf("progress %+v", m)
	}
	proceed <- struct{}{}
	b.outcome()
}

// TestBrokerAway ends a task while there is no broker.
func TestBrokerAway(t *testing.T) {
	b := newBroker(t)
	b.heartbeatMS = 200
	returned := make(chan struct{})
	finish := make(chan struct{})
	b.run(worker.Config{
		Handler: func(context.Context, *worker.Task) ([]byte, error) {
			defer close(returned)
			<-finish
			return []byte("kept"), nil
		},
	})
	b.give()
	next[*wire.Begun](b)
	b.kill()
	close(finish)
	<-returned
	b.restart()

	// The first registration may still say that the attempt runs.
	reg := b.welcome()
	if len(reg.Inventory) != 1 || reg.Inventory[0].Ref != first {
		t.Errorf("inventory %+v", reg.Inventory)
	}
	if m := b.outcome(); m.Ref != first || string(m.Payload) != "kept" {
		t.Errorf("outcome %+v", m)
	}
}

// A broker that falls silent is looked for over another connection.
func TestSilentBrokerIsLeft(t *testing.T) {
	b := newBroker(t)
	b.heartbeatMS = 20
	b.run(worker.Config{Handler: nothing})
	b.welcome()
	silent := b.route
	if next[*wire.Register](b); b.route == silent {
		t.Error("the worker registers again where nobody answers")
	}
}

// lines is a log whose lines are read one by one.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// The log says why a broker isn't heard of.
func TestLogTellsWhyABrokerIsSilent(t *testing.T) {
	b := newBroker(t)
	b.heartbeatMS = 200
	log := make(lines, 100)
	b.run(worker.Config{Handler: nothing, Log: slog.New(slog.NewTextHandler(log, nil))})
	b.welcome()
	b.kill()
	for line := range log {
		if strings.Contains(line, "broker is silent") {
			if !strings.Contains(line, "nothing heard for ") || !strings.Contains(line, "connect: ") {
				t.Error(line)
			}
			return
		}
	}
}

func TestStopOnLost(t *testing.T) {
	b := newBroker(t)
	b.heartbeatMS = 200
	stopped := make(chan struct{})
	b.run(worker.Config{
		StopOnLost: true,
		Handler: func(ctx context.Context, _ *worker.Task) ([]byte, error) {
			<-ctx.Done()
			close(stopped)
			return nil, ctx.Err()
		},
	})
	b.give()
	next[*wire.Begun](b)
	b.kill()
	<-stopped
	b.restart()
	b.welcome()
	if m := b.outcome(); m.Verdict != wire.VerdictReturned {
		t.Errorf("outcome %+v", m)
	}
}

func TestDrainLetsFinish(t *testing.T) {
	b := newBroker(t)
	finish := make(chan struct{})
	w := b.run(worker.Config{
		Handler: func(context.Context, *worker.Task) ([]byte, error) { <-finish; return nil, nil },
	})
	b.give()
	next[*wire.Begun](b)
	w.stop()
	for !next[*wire.WorkerBeat](b).Draining {
	}
	b.send(&wire.Dispatch{Ref: wire.Ref{Task: journal.ID{2}, Attempt: 1}, Seq: 2})
	if m := b.outcome(); m.Verdict != wire.VerdictReturned {
		t.Errorf("outcome of a late dispatch %+v", m)
	}
	close(finish)
	if m := b.outcome(); m.Ref != first || m.Verdict != wire.VerdictDone {
		t.Errorf("outcome %+v", m)
	}
	b.leaves(w)
}

func TestHandBack(t *testing.T) {
	for name, timeout := range map[string]bool{"after the drain's timeout": true, "when asked": false} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t)
			cfg := worker.Config{
				Handler: func(ctx context.Context, _ *worker.Task) ([]byte, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				},
			}
			if timeout {
				cfg.DrainTimeout = -1
			}
			w := b.run(cfg)
			b.give()
			next[*wire.Begun](b)
			w.stop()
			if !timeout {
				w.HandBack()
			}
			if m := b.outcome(); m.Verdict != wire.VerdictReturned {
				t.Errorf("outcome %+v", m)
			}
			b.leaves(w)
		})
	}
}

// TestStubbornHandler has one that does not return when it is stopped.
func TestStubbornHandler(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the worker to lose patience")
	}
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	b := newBroker(t)
	w := b.run(worker.Config{
		DrainTimeout: -1, Grace: 1,
		Handler: func(context.Context, *worker.Task) ([]byte, error) { <-release; return nil, nil },
	})
	b.give()
	next[*wire.Begun](b)
	w.stop()
	next[*wire.Leave](b)
	if err := <-w.ended; !errors.Is(err, worker.ErrUnfinished) {
		t.Errorf("error %v", err)
	}
}

// TestOutcomeOutlastsBroker has a broker that is away while the worker drains.
func TestOutcomeOutlastsBroker(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a worker that must not lose patience")
	}
	t.Parallel()
	b := newBroker(t)
	w := b.run(worker.Config{
		DrainTimeout: time.Hour,
		Handler:      func(context.Context, *worker.Task) ([]byte, error) { return []byte("hours of work"), nil },
	})
	b.give()
	next[*wire.Outcome](b)
	w.stop()
	for range 2 { // each a wait of seconds; leaving comes before the second
		switch m := b.outcomeOrLeave().(type) {
		case *wire.Leave:
			t.Fatal("the worker has left with an outcome that nobody acknowledged")
		case *wire.Outcome:
			if string(m.Payload) != "hours of work" {
				t.Errorf("outcome %+v", m)
			}
		}
	}
	b.send(&wire.OutcomeAck{Ref: first})
	b.leaves(w)
}

func TestRefusals(t *testing.T) {
	b := newBroker(t)
	w := b.run(worker.Config{
		Handler: nothing,
	})
	next[*wire.Register](b)
	b.send(&wire.Refuse{Code: wire.CodeNameTaken, Text: "a live worker has the name w"})
	b.welcome() // it registers again
	b.send(&wire.Refuse{Code: wire.CodeUnknownPeer})
	next[*wire.Register](b)
	b.send(&wire.Refuse{Code: wire.CodeBadName, Text: "name is bad"})
	err := <-w.ended
	if !errors.Is(err, worker.ErrRejected) || !strings.Contains(err.Error(), "name is bad") {
		t.Errorf("error %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	ok := worker.Config{
		Broker: "tcp://127.0.0.1:1", Name: "w",
		Handler: nothing,
	}
	for word, spoil := range map[string]func(*worker.Config){
		"broker":   func(c *worker.Config) { c.Broker = "" },
		"nonsense": func(c *worker.Config) { c.Broker = "nonsense" },
		"tcp://*":  func(c *worker.Config) { c.Broker = "tcp://*:5555" },
		"name":     func(c *worker.Config) { c.Name = "two words" },
		"service":  func(c *worker.Config) { c.Services = []string{""} },
		"257":      func(c *worker.Config) { c.Services = make([]string, 257) },
		"slots":    func(c *worker.Config) { c.Slots = 5000 },
		"slots -1": func(c *worker.Config) { c.Slots = -1 },
		"label":    func(c *worker.Config) { c.Labels = map[string]string{"worker": "x"} },
		"resource": func(c *worker.Config) { c.Resources = map[string]string{"cpu": "-1"} },
		"grace":    func(c *worker.Config) { c.Grace = -1 },
		"handler":  func(c *worker.Config) { c.Handler = nil },
	} {
		cfg := ok
		spoil(&cfg)
		if _, err := worker.New(cfg); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: error %v", word, err)
		}
	}
	far := ok.WithDefaults()
	far.Broker = "tcp://broker.example:5555"
	if err := far.Validate(); !errors.Is(err, worker.ErrInsecure) {
		t.Errorf("another machine: error %v", err)
	}
	far.Insecure = true
	if err := far.Validate(); err != nil {
		t.Error(err)
	}
}
