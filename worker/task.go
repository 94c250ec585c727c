package worker

import (
	"context"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// Task is one attempt of a task, as its Handler sees it. The fields are the
// handler's to read.
type Task struct {
	ID         journal.ID
	Attempt    uint32 // counted from 1
	Service    string // the service it was submitted to, or the worker's name
	Argv       []string
	Body       []byte
	RunTimeout time.Duration // for information, the broker keeps the time; 0: none
	Checkpoint []byte        // the state that an earlier attempt has saved last; nil for none

	Index uint32     // of a member in its array or broadcast
	Array journal.ID // whose member it is, also of a broadcast; zero for a task of its own
	Size  uint32     // members of that; of a broadcast with late joiners, those that had joined by then

	// SilenceTimeout is how long the handler may say nothing: the attempt is stopped
	// if it calls Progress, Set, SaveCheckpoint or Extend of this less often. 0: as long as it
	// wants.
	SilenceTimeout time.Duration

	mailbox *mailbox
	cancel  context.CancelCauseFunc
	timer   *time.Timer // of the grace, nil as long as there is none; the loop's own
	due     time.Time   // when it fires

	// That it is overdue. The mailbox's lock holds them.
	condemned bool
	overdue   chan struct{} // nil as long as nobody has asked

	said  *said      // nil for a handler that says nothing; the mailbox's lock holds it
	waits []*waiting // who waits for the broker; the loop's own
}

// said is what a handler says of its attempt before the end.
type said struct {
	progress progress // the last one
	untold   bool     // the loop has not taken it yet

	// Where in the mailbox what nobody waits for is, until the loop takes it.
	soon map[subject]int
}

// saying returns where the handler's words are kept.
func (t *Task) saying() *said {
	if t.said == nil {
		t.said = &said{progress: progress{fraction: -1}}
	}
	return t.said
}

func newTask(d *wire.Dispatch, m *mailbox, cancel context.CancelCauseFunc) *Task {
	t := &Task{
		ID: d.Task, Attempt: d.Attempt, Service: d.Service, Argv: d.Argv, Body: d.Body,
		RunTimeout: time.Duration(d.RunTimeoutMS) * time.Millisecond, Checkpoint: d.Checkpoint,
		SilenceTimeout: time.Duration(d.SilenceTimeoutMS) * time.Millisecond,
		mailbox:        m, cancel: cancel,
	}
	if d.Member != nil {
		t.Index, t.Array, t.Size = d.Member.Index, d.Member.Group, d.Member.Count
	}
	return t
}

func (t *Task) ref() wire.Ref { return wire.Ref{Task: t.ID, Attempt: t.Attempt} }

// Started confirms the start of the attempt. Handlers call it if Config.HandlerStarts is
// set. A second call has no effect.
func (t *Task) Started() { t.mailbox.put(word{task: t, kind: wordStarted}) }

// Overdue returns a channel that is closed when the attempt was stopped and its grace is
// over. What is still left of it then is to be killed.
func (t *Task) Overdue() <-chan struct{} {
	t.mailbox.mu.Lock()
	defer t.mailbox.mu.Unlock()
	if t.overdue == nil {
		t.overdue = make(chan struct{})
		if t.condemned {
			close(t.overdue)
		}
	}
	return t.overdue
}

// stop ends the handler's context, and makes the attempt overdue after the
// grace. A later stop may shorten the grace, and doesn't make it longer.
func (t *Task) stop(grace time.Duration) {
	t.cancel(ErrStopped)
	if grace <= 0 {
		t.condemn()
		return
	}
	due := time.Now().Add(grace)
	if t.timer != nil && !due.Before(t.due) {
		return
	}
	t.release()
	t.timer, t.due = time.AfterFunc(grace, t.condemn), due
}

func (t *Task) condemn() {
	t.mailbox.mu.Lock()
	defer t.mailbox.mu.Unlock()
	if t.overdue != nil && !t.condemned {
		close(t.overdue)
	}
	t.condemned = true
}

// release stops the clock of the grace.
func (t *Task) release() {
	if t.timer != nil {
		t.timer.Stop()
	}
}
