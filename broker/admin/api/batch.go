package api

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
)

// Batch asks for many tasks, of which either all are accepted or none: POST /v1/batches. A
// task may wait for others of the batch: "#1" in After means the first task, "key=KEY" the one
// with that key.
type Batch struct {
	Tasks []Submission `json:"tasks"` // 1 to wire.MaxBatch; all bodies together have the limit of one body
}

// BatchSubmitted answers a Batch.
type BatchSubmitted struct {
	Tasks []Submitted `json:"tasks"` // in the order of the batch
}

// Lookup returns the task that was last submitted under a key, or journal.ErrNotFound if there
// is none.
type Lookup func(key string) (journal.ID, error)

// Submits returns the messages for the broker. An Error says which task is wrong.
func (b *Batch) Submits(lookup Lookup) ([]wire.Submit, error) {
	names := names{lookup: lookup, places: make(map[string]int, len(b.Tasks)), batch: true}
	for i := range b.Tasks {
		if key := b.Tasks[i].Key; key != "" {
			names.places[string(key)] = i
		}
	}
	submits := make([]wire.Submit, len(b.Tasks))
	for i := range b.Tasks {
		m, err := b.Tasks[i].submit(&names)
		if err != nil {
			return nil, ofTask(i, err)
		}
		submits[i] = *m
	}
	if err := wire.CheckBatch(submits); err != nil {
		return nil, BatchError(err)
	}
	return submits, nil
}

// ofTask says which task of a batch an error is about.
func ofTask(i int, err error) error {
	e := *ErrorOf(err)
	e.Task, e.Message = i+1, fmt.Sprintf("task %d: %s", i+1, e.Message)
	return &e
}

// Submit returns the message for the broker, or an Error. It accepts what wire.CheckHeeded
// does: the broker checks the rest, because that depends on whether the task's key is known.
func (s *Submission) Submit(lookup Lookup) (*wire.Submit, error) {
	return s.submit(&names{lookup: lookup})
}

// submit makes the message for a task. Who submits here asks for the end when it
// wants to know it.
func (s *Submission) submit(n *names) (*wire.Submit, error) {
	named := *s
	named.After = make([]string, len(s.After))
	for i, text := range s.After {
		ref, wants := cutWants(text)
		id, err := n.resolve(ref)
		if err != nil {
			return nil, inField("after", text, tellWants(err, text))
		}
		named.After[i] = id + wants
	}
	if s.SameWorkerAs != "" {
		id, err := n.resolve(string(s.SameWorkerAs))
		if err != nil {
			return nil, inField("same_worker_as", string(s.SameWorkerAs), err)
		}
		named.SameWorkerAs = Given(id)
	}
	spec, err := named.heeded()
	if err != nil {
		return nil, err
	}
	return &wire.Submit{Spec: spec, Quiet: true, As: string(s.Client), Body: s.Body}, nil
}

func inField(name, text string, err error) error {
	e := *ErrorOf(err)
	e.Message = fmt.Sprintf("%s %q: %s", name, text, e.Message)
	return &e
}

// tellWants tells of a text with a colon, for which there is no task, how a condition is told
// from a key.
func tellWants(err error, text string) error {
	if e := ErrorOf(err); e.Code == CodeUnknownTask && strings.Contains(text, ":") {
		return Errorf(e.Code, "%s; key=KEY with :ok, :any or :failed after it is accepted, also after a KEY that itself ends so", e.Message)
	}
	return err
}

// names resolves what a task calls others that it waits for.
type names struct {
	lookup Lookup
	places map[string]int // by key, those of the batch
	batch  bool
}

// Prefixes of references to tasks: KeyMark to a task by its key, placeMark to one by its place
// in the batch.
const (
	KeyMark   = "key="
	placeMark = "#"
)

// resolve returns the ID of the task that is named by its key or its place in the batch. What
// else there is stays as it is.
func (n *names) resolve(ref string) (string, error) {
	if key, ok := strings.CutPrefix(ref, KeyMark); ok {
		id, err := n.byKey(key)
		return id.String(), err
	}
	if number, ok := strings.CutPrefix(ref, placeMark); ok {
		place, err := strconv.Atoi(number)
		if err != nil || place < 1 || place > wire.MaxBatch || !n.batch {
			return "", Errorf(CodeBadRequest, "#1 to #%d are accepted, in a batch", wire.MaxBatch)
		}
		return wire.BatchRef(place - 1).String(), nil
	}
	return ref, nil
}

func (n *names) byKey(key string) (journal.ID, error) {
	if place, ok := n.places[key]; ok {
		return wire.BatchRef(place), nil
	}
	id, err := n.lookup(key)
	if errors.Is(err, journal.ErrNotFound) {
		return id, Errorf(CodeUnknownTask, "no task with key %q", key)
	}
	return id, err
}

// KeysNamed returns the keys by which the submission names other tasks.
func (s *Submission) KeysNamed() (keys []string) {
	refs := []string{string(s.SameWorkerAs)}
	for _, text := range s.After {
		ref, _ := cutWants(text)
		refs = append(refs, ref)
	}
	for _, ref := range refs {
		if key, ok := strings.CutPrefix(ref, KeyMark); ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// cutWants parts a name from the end that is waited for. A key may have colons.
func cutWants(text string) (ref, wants string) {
	for _, w := range []journal.Wants{journal.WantsDone, journal.WantsEnd, journal.WantsFailure} {
		if ref, ok := strings.CutSuffix(text, ":"+w.String()); ok {
			return ref, ":" + w.String()
		}
	}
	return text, ""
}

// BatchError returns the Error for a batch that the broker has refused. If the refusal is
// about one task, the Error says which. Other errors are returned as they are.
func BatchError(err error) error {
	var refused *wire.Error
	if !errors.As(err, &refused) {
		return err
	}
	e := ErrorOf(refused)
	if i, _, ok := wire.BatchPlace(refused.Text); ok {
		e.Task = i + 1
	}
	return e
}

// NewSubmitted returns the broker's answer as a Submitted.
func NewSubmitted(a *wire.Accepted) Submitted {
	return Submitted{ID: a.Task.String(), State: a.State.String(), Known: a.Known}
}
