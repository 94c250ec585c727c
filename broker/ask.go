package broker

import (
	"cmp"
	"errors"

	"bcp/broker/wire"
	"bcp/journal"
)

// query answers where a task stands.
func (b *Broker) query(now Instant, from wire.Peer, m *wire.Query) {
	if _, t, ok := b.findFor(now, from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task); ok {
		b.send(from, &wire.Status{Req: m.Req, Task: t})
	}
}

// wait makes the session a watcher of the tasks. That is also how a client goes
// on with what it submitted to an earlier run of the broker.
func (b *Broker) wait(now Instant, from wire.Peer, m *wire.Wait) {
	s := b.sessionOf(now, from, m.Req)
	if s == nil {
		return
	}
	for _, id := range m.Tasks {
		t, ok := b.expectFor(s, id)
		if !ok {
			b.refuse(from, &wire.Refuse{Req: m.Req, Code: wire.CodeBusy, Text: id.String()})
		} else if t != nil {
			t.watchBy(watcher{session: s, wantStart: m.WantStart})
			b.tellWhereItStands(s, t, m.WantStart)
		} else if t, ok := b.findTask(from, &wire.Refuse{Req: m.Req, Text: id.String()}, id); ok {
			b.tellPast(now, s, &t)
		}
	}
}

// doFor has do what a request asks for done with the task that it names, and answers where
// that stands then. No is the refusal if there is no such task, or if do tells why not.
func (b *Broker) doFor(now Instant, from wire.Peer, no *wire.Refuse, id journal.ID, do func(s *session, found *journal.Task) *wire.Error) {
	s, found, ok := b.findFor(now, from, no, id)
	if !ok {
		return
	}
	if err := do(s, &found); err != nil {
		no.Code, no.Text = err.Code, err.Text
		b.refuse(from, no)
		return
	}
	b.send(from, &wire.Status{Req: no.Req, Task: found})
}

// findFor is findTask for a request: it returns also the session that asks, which
// has to be known.
func (b *Broker) findFor(now Instant, from wire.Peer, no *wire.Refuse, id journal.ID) (s *session, t journal.Task, ok bool) {
	if s = b.sessionAbout(now, from, no.Req, no.Key, no.Target); s != nil {
		t, ok = b.findTask(from, no, id)
	}
	return s, t, ok
}

// findTask looks a task up by its ID or, if that is zero, by the key of the
// refusal, which is sent if there is none.
func (b *Broker) findTask(from wire.Peer, no *wire.Refuse, id journal.ID) (journal.Task, bool) {
	t, err := b.known(id, no.Key)
	if err == nil {
		return t, true
	}
	if err.Code == wire.CodeInternal {
		no.Text = err.Text
	}
	no.Code = err.Code
	no.Text = cmp.Or(no.Text, err.Text)
	b.refuse(from, no)
	return t, false
}

// known looks a task up by its ID or, if that is zero, by its key.
func (b *Broker) known(id journal.ID, key string) (t journal.Task, no *wire.Error) {
	var err error
	if id.IsZero() {
		id, err = b.lookupKey(key)
	}
	if err == nil {
		t, err = b.lookup(id)
	}
	switch {
	case err == nil:
		return t, nil
	case errors.Is(err, journal.ErrNotFound):
		return t, b.absent(id, key)
	}
	return t, wire.Errorf(wire.CodeInternal, "can't look the task up: %v", err)
}
