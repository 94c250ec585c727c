package api

import (
	"unicode/utf8"

	"bcp/broker/wire"
	"bcp/journal"
)

// Submission asks for a task: POST /v1/tasks. Either Worker or Service is given, or neither if
// the option where, or SameWorkerAs, says which workers may run it. With All the task is a
// broadcast to all workers of the Service that match where.
type Submission struct {
	Worker  Given    `json:"worker,omitempty"`
	Service Given    `json:"service,omitempty"`
	All     bool     `json:"all,omitempty"`    // a broadcast
	Argv    []string `json:"argv,omitempty"`   // the task's own command, for workers that allow one
	Key     Given    `json:"key,omitempty"`    // a submit with the same key means the same task
	Client  Given    `json:"client,omitempty"` // who submits, for shares and limits; left out: a client of its own
	Body    []byte   `json:"body,omitempty"`   // base64
	Options Options  `json:"options"`

	// SameWorkerAs is the ID of another task. This one has to run on the worker of that one,
	// and waits until that one has a worker.
	SameWorkerAs Given `json:"same_worker_as,omitempty"`

	After   []string          `json:"after,omitempty"`    // tasks that have to end first: ID, ID:ok, ID:any or ID:failed; key=KEY may stand for the ID
	OnUnmet string            `json:"on_unmet,omitempty"` // what becomes of the task if one of them ends another way: cancel or fail; "" means cancel
	Labels  map[string]string `json:"labels,omitempty"`   // for finding tasks
}

// Submitted answers a Submission.
type Submitted struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Known bool   `json:"known"` // the task had been submitted before, under the same key
}

// Spec returns the spec of the task, or an Error that says which field is wrong and what is
// accepted.
func (s *Submission) Spec() (*journal.Spec, error) {
	spec, err := s.heeded()
	if err != nil {
		return nil, err
	}
	if refused := wire.CheckSpec(spec); refused != nil {
		return nil, ErrorOf(refused)
	}
	return spec, nil
}

// heeded is Spec for a submit that may be an older one's repetition, as wire.CheckHeeded is.
func (s *Submission) heeded() (*journal.Spec, error) {
	target, err := s.target()
	if err != nil {
		return nil, err
	}
	if s.Client != "" {
		if refused := wire.CheckLimitName(journal.LimitClient, string(s.Client)); refused != nil {
			return nil, ErrorOf(refused)
		}
	}
	beside, err := s.beside()
	if err != nil {
		return nil, err
	}
	spec, err := asked(&s.Options, beside)
	if err != nil {
		return nil, err
	}
	if err := s.checkGiven(); err != nil {
		return nil, err
	}
	if err := s.checkBytes(); err != nil {
		return nil, err
	}
	spec.Key, spec.Target, spec.Argv, spec.Tries = string(s.Key), target, s.Argv, max(spec.Tries, 1)
	if refused := wire.CheckHeeded(&spec); refused != nil {
		return nil, ErrorOf(refused)
	}
	return &spec, nil
}

// checkGiven refuses a text that is given among the options and empty, as a Given would be:
// one that got lost says nothing, and an edit alone may mean that.
func (s *Submission) checkGiven() error {
	for i := range journal.Options {
		o := &journal.Options[i]
		if o.Sort == journal.Text && s.Options.IsGiven(o) && o.IsZero(&s.Options.Spec) {
			return Errorf(CodeBadRequest, "option %s: it is empty: a text is accepted, or no such option", o.Name)
		}
	}
	return nil
}

// checkBytes refuses what JSON can't say, and would be sent as another text.
func (s *Submission) checkBytes() error {
	if !utf8.ValidString(string(s.Key)) {
		return Errorf(CodeBadRequest, "key %q: UTF-8 is accepted", s.Key)
	}
	for _, arg := range s.Argv {
		if !utf8.ValidString(arg) {
			return Errorf(CodeBadRequest, "argv %q: UTF-8 is accepted", arg)
		}
	}
	return nil
}

func (s *Submission) target() (journal.Target, error) {
	switch {
	case s.All && (s.Worker != "" || s.SameWorkerAs != ""):
		return journal.Target{}, Errorf(CodeBadRequest, "all: a service, where or both are accepted with it, and no worker")
	case s.All:
		return journal.Target{Kind: journal.ToAll, Name: string(s.Service)}, nil
	case s.Worker != "" && s.Service != "":
	case s.Worker != "":
		return journal.Target{Kind: journal.ToWorker, Name: string(s.Worker)}, nil
	case s.Service != "":
		return journal.Target{Kind: journal.ToService, Name: string(s.Service)}, nil
	case s.Options.Where != "" || s.SameWorkerAs != "" || s.Options.Wrong() != nil:
		return journal.Target{Kind: journal.ToAny}, nil
	}
	return journal.Target{}, Errorf(CodeBadRequest, "exactly one of worker and service is accepted, or the option where or same_worker_as instead")
}

// ReplayRequest asks the broker to compare tasks with what their workers say of them: POST
// /v1/replay.
type ReplayRequest struct {
	IDs    []string `json:"ids,omitempty"` // left out: all tasks that have not ended
	DryRun bool     `json:"dry_run,omitempty"`
}

// ReplayRow tells what was done with one task, or would be.
type ReplayRow struct {
	ID     string `json:"id"`
	Before string `json:"before"` // the state before
	Worker string `json:"worker,omitempty"`
	Said   string `json:"said,omitempty"` // what the worker said of it, or why none was asked
	After  string `json:"after"`          // the state after
	Action string `json:"action"`         // what was done, or would be
}

// NewReplayRow returns the broker's row as a ReplayRow.
func NewReplayRow(r *wire.ReplayRow) ReplayRow {
	return ReplayRow{
		ID: r.Task.String(), Before: r.Before.String(), Worker: r.Worker,
		Said: r.Said, After: r.After.String(), Action: r.Action,
	}
}
