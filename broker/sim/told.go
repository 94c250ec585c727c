package sim

import (
	"errors"
	"reflect"
	"strings"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// leaving checks what is about to be told: it must be what the journal says.
func (o *oracle) leaving(s broker.Send, m wire.Message) {
	switch m := m.(type) {
	case *wire.Accepted:
		o.tellsAccepted(m)
	case *wire.Limits:
		o.tellsLimits(m)
	case *wire.BatchAccepted:
		o.coverBatch(m)
		for i := range m.Accepted {
			o.tellsAccepted(&m.Accepted[i])
		}
	case *wire.Status:
		o.tellsStatus(m)
	case *wire.Found:
		o.tellsFound(m)
	case *wire.Changed:
		o.tellsChanged(m)
	case *wire.Started:
		o.tellsRecord(m.Ref, journal.KindStart, m.Worker, text{m})
	case *wire.Progress:
		o.tellsRecord(m.Ref, journal.KindDispatch, "", text{m})
	case *wire.Ended:
		o.tellsEnd(m)
		o.keepsWindow(s.To, m)
	case *wire.Dispatch:
		o.gives(s.To, m)
	case *wire.Stop:
		o.stops(s.To, m)
	case *wire.CheckpointAck:
		o.acknowledgesState(s.To, m)
	case *wire.OutcomeAck:
		o.acknowledges(s.To, m.Ref)
	case *wire.Welcome:
		o.welcomes(s.To, m)
	case *wire.Refuse:
		o.refuses(m)
	}
}

// entry reads a task that somebody is told of. What is forgotten may have been there when the
// word was made.
func (o *oracle) entry(id journal.ID, told any) journal.Entry {
	e, err := journal.Find(o.w.broker.store, id)
	switch {
	case o.isForgotten(id):
		return journal.Entry{Task: o.keep.ended[id], Records: o.history[id]}
	case err != nil && o.isGone(id):
		whole := o.keep.ended[o.schedule.wholeOf(id).ID]
		pos, _ := whole.Position(id)
		return journal.Entry{Task: whole.MemberAt(pos, whole.Spec.OfMember(), whole.Spec.Indexes().At(pos))}
	case err != nil:
		o.w.fail("%v is told, and is not in the journal: %v", told, err)
	}
	return e
}

// stood tells whether the task ever was as the function says. What is told may
// be a little older than what is committed together with it.
func stood(e *journal.Entry, as func(*journal.Task) bool) bool {
	var t journal.Task
	for i := range e.Records {
		if t.Apply(&e.Records[i]) == nil && as(&t) {
			return true
		}
	}
	return false
}

func (o *oracle) tellsAccepted(m *wire.Accepted) {
	e := o.entry(m.Task, text{m})
	o.accepted[m.Task] = true
	if e.Task.Spec.Key != m.Key {
		o.w.fail("%v is told of task %+v", text{m}, e.Task.Spec)
	}
	if !stood(&e, func(t *journal.Task) bool { return t.State == m.State }) {
		o.w.fail("%v is told, and the task never was that", text{m})
	}
	if known, ok := o.keys[m.Key]; ok && known != m.Task && !strings.HasPrefix(m.Key, "bcp1/") && !o.free(known) {
		o.w.fail("key %q is task %s, and was %s", m.Key, m.Task, known)
	}
	o.keys[m.Key] = m.Task
}

func (o *oracle) tellsStatus(m *wire.Status) {
	e := o.entry(m.Task.ID, text{m})
	told := m.Task
	switch {
	case told.Tally != nil:
		o.tellsWhole(&told, &e.Task)
	case told.Member != nil && !told.OfAll && told.Attempt == 0 && (told.State == journal.Pending && !told.Held || len(e.Records) == 0):
		o.tellsRowless(&told, &e)
	case !stood(&e, func(t *journal.Task) bool {
		same := *t
		same.Spec, told.Spec = nil, nil
		same.Checkpoint, told.Checkpoint = nil, nil // no record of the row
		return reflect.DeepEqual(same, told)
	}):
		o.w.fail("status %+v is told, and the task never was that: %+v", m.Task, e.Records)
	}
	if m.Task.State.Ended() {
		o.agrees(m.Task.ID, end{m.Task.State, m.Task.Reason, m.Task.Attempt, string(o.result(m.Task.ID))})
	}
}

// tellsRecord checks what is told of an attempt against a record of it.
func (o *oracle) tellsRecord(ref wire.Ref, kind journal.Kind, worker string, told text) {
	e := o.entry(ref.Task, told)
	for i := range e.Records {
		r := &e.Records[i]
		if r.Kind == kind && r.Attempt == ref.Attempt && (worker == "" || r.Worker == worker) {
			return
		}
	}
	o.w.fail("%v is told, and the journal has no %s of it", told, kind)
}

func (o *oracle) tellsEnd(m *wire.Ended) {
	e := o.entry(m.Task, text{m})
	t := &e.Task
	if t.State != m.State || t.Reason != m.Reason || t.Attempt != m.Attempt || t.Text != m.Text ||
		t.Worker != m.Worker || string(o.result(m.Task)) != string(m.Result) {
		o.w.fail("%v is told of task %+v", text{m}, *t)
	}
	o.agrees(m.Task, end{m.State, m.Reason, m.Attempt, string(m.Result)})
	o.keyEnds[endOfKey(m)] = true
}

// agrees checks an end against what was told of it before.
func (o *oracle) agrees(id journal.ID, told end) {
	if !told.state.Ended() {
		o.w.fail("task %s is told to have ended as %s", id, told.state)
	}
	if before, ok := o.ends[id]; ok && before != told {
		o.w.fail("task %s is told to have ended as %+v, and before as %+v", id, told, before)
	}
	o.ends[id] = told
}

// toldEnd checks what a client was told.
func (o *oracle) toldEnd(client string, m *wire.Ended) {
	if _, ok := o.ends[m.Task]; !ok {
		o.w.fail("%s is told the end of task %s, and the broker never told it", client, m.Task)
	}
	o.agrees(m.Task, end{m.State, m.Reason, m.Attempt, string(m.Result)})
}

// toldEndOfKey checks what a BCP/1 client was told, which knows keys alone. The end
// may be that of an earlier task under the key, and still be on its way when the
// client names its job again: if the broker has forgotten that task by then, the id
// is free and the key already another task's. So what counts is what was ever told
// of the key, not what became of its latest task.
func (o *oracle) toldEndOfKey(client string, m *wire.Ended) {
	if !o.keyEnds[endOfKey(m)] {
		o.w.fail("%s is told that job %s ended as %s with %q, and the broker never told it", client, m.Key, m.State, m.Result)
	}
}

// keyEnd is an end as a BCP/1 client is told it.
type keyEnd struct {
	key    string
	state  journal.State
	result string // which only comes with a job that is done
}

func endOfKey(m *wire.Ended) keyEnd {
	e := keyEnd{key: m.Key, state: m.State}
	if m.State == journal.Done {
		e.result = string(m.Result)
	}
	return e
}

// gives checks a dispatch: to one worker only, which may be told again.
func (o *oracle) gives(to wire.Peer, m *wire.Dispatch) {
	worker := o.claims[to].name
	o.tellsRecord(m.Ref, journal.KindDispatch, worker, text{m})
	o.judgeDeclined(to, m)
	o.givesState(m)
	o.givesMember(m)
	switch before, again := o.given[m.Ref]; {
	case !again:
		o.given[m.Ref] = worker
		o.refs = append(o.refs, m.Ref)
	case before != worker || to.Dialect == wire.BCP1Worker:
		o.w.fail("attempt %s-%d is given to %s, and was to %s", m.Task, m.Attempt, worker, before)
	}
}

// current tells whether an attempt is the task's current one, at the worker
// that registered on a connection.
func (o *oracle) current(at wire.Peer, ref wire.Ref) bool {
	e, err := o.w.broker.store.Get(ref.Task)
	return err == nil && e.Task.Active() && e.Task.Attempt == ref.Attempt && e.Task.Worker == o.claims[at].name
}

func (o *oracle) stops(to wire.Peer, m *wire.Stop) {
	switch m.Reason {
	case journal.ReasonNone:
		asks := to.Dialect == wire.BCP1Worker // for what it may not have
		if !asks && o.current(to, m.Ref) && !o.fooled[o.claims[to].name] {
			o.w.fail("%v is told, and it is the current attempt", text{m})
		}
	case journal.ReasonCanceled:
		o.tellsRecord(m.Ref, journal.KindCancel, "", text{m})
	default:
		o.tellsRecord(m.Ref, journal.KindStop, "", text{m})
	}
}

// acknowledges checks that the journal has taken in what a worker may forget.
func (o *oracle) acknowledges(to wire.Peer, ref wire.Ref) {
	if o.current(to, ref) && !o.fooled[o.claims[to].name] {
		o.w.fail("the outcome of attempt %s-%d is acknowledged, and the journal doesn't have it", ref.Task, ref.Attempt)
	}
}

func (o *oracle) welcomes(to wire.Peer, m *wire.Welcome) {
	if meta := o.w.broker.meta; m.Epoch != meta.Epoch || m.Broker != meta.Broker {
		o.w.fail("%v is told, and the journal is %+v", text{m}, meta)
	}
	o.holds(to)
	o.window.begin(to, m.Resumed)
	o.registered[o.claims[to].name] = o.claims[to].at
	if c := o.w.net.routes[to.Route]; c != nil && to.Dialect == wire.BCP2Worker && strings.HasPrefix(c.owner, "liar") {
		o.fooled[o.claims[to].name] = true
	}
}

// refuses checks that nobody is told that an accepted task is unknown.
func (o *oracle) refuses(m *wire.Refuse) {
	id, known := o.keys[m.Key]
	if m.Code == wire.CodeUnknownTask && known && o.accepted[id] && !o.isForgotten(id) {
		o.w.fail("%v is told, and task %s was accepted", text{m}, id)
	}
	if m.Code == wire.CodeUnknownTask || m.Code == wire.CodeGone {
		o.tellsGone(m)
	}
}

// unsaid checks that only what a dialect has no words for is not sent.
func (o *oracle) unsaid(s broker.Send, m wire.Message, err error) {
	if !errors.Is(err, wire.ErrUnsaid) || s.To.Dialect == wire.BCP2Client || s.To.Dialect == wire.BCP2Worker {
		o.w.fail("%v can't be said to %v: %v", text{m}, s.To, err)
	}
}
