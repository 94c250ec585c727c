package server_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/journal"
)

// unreadable is a journal whose reads for the core fail once it is told to.
type unreadable struct {
	*store
	err error // of all reads, if not nil
}

func (u *unreadable) Get(id journal.ID) (journal.Entry, error) {
	if u.err != nil {
		return journal.Entry{}, u.err
	}
	return u.store.Get(id)
}

func (u *unreadable) Scan(r journal.Range, fn func(journal.Entry) error) (bool, error) {
	if u.err != nil {
		return false, u.err
	}
	return u.store.Scan(r, fn)
}

func (u *unreadable) ByKey(key string) (journal.ID, bool, error) {
	if u.err != nil {
		return journal.ID{}, false, u.err
	}
	return u.store.ByKey(key)
}

func (u *unreadable) Unused(key string) ([]journal.KeyRange, error) {
	if u.err != nil {
		return nil, u.err
	}
	return u.store.Unused(key)
}

func (u *unreadable) Tombstone(id journal.ID) (journal.Tombstone, error) {
	if u.err != nil {
		return journal.Tombstone{}, u.err
	}
	return u.store.Tombstone(id)
}

// errDisk is how a read fails whose disk has gone.
var errDisk = fmt.Errorf("read page 7: %w", syscall.EIO)

// keyed is a submit under a key.
func keyed(req int, key string) *wire.Submit {
	m := submit(req, "body")
	m.Spec.Key = key
	return m
}

// asked lists messages for which the core reads the journal, each by another way.
func asked() map[string]wire.Message {
	id := journal.ID{1, 2, 3}
	return map[string]wire.Message{
		"by a key":  keyed(1, "order-7"),
		"by an ID":  &wire.Wait{Req: 1, Tasks: []journal.ID{id}},
		"to change": &wire.Cancel{Req: 1, Task: id},
	}
}

// What the disk doesn't tell can't be decided: nobody is told anything, and nothing is
// accepted, not even what came in the same turn behind it.
func TestUnreadableJournalAnswersNobody(t *testing.T) {
	for name, m := range asked() {
		t.Run(name, func(t *testing.T) {
			st := &unreadable{store: newStore(t)}
			cfg := testConfig()
			cfg.Listen = []string{"ipc://" + filepath.Join(t.TempDir(), "broker")}
			s := start(t, cfg, st)
			client := newClient(t, s)
			if err := s.Inspect(t.Context(), func(broker.Instant, *broker.Broker) { st.err = errDisk }); err != nil {
				t.Fatal(err)
			}
			synced := st.synced.Load()
			client.say(m, submit(2, "body"))

			if err := s.wait(); !errors.Is(err, syscall.EIO) {
				t.Fatalf("Run returned %v", err)
			}
			if n := st.synced.Load() - synced; n != 0 {
				t.Errorf("%d commits after it", n)
			}
			heardNothing(t, client, s)
		})
	}
}

// Whether the task was known is unknown, and that is what the asker is told.
func TestUnreadableJournalTellsTheAsker(t *testing.T) {
	st := &unreadable{store: newStore(t), err: errDisk}
	s := start(t, testConfig(), st)
	err := s.Ask(t.Context(), keyed(1, "order-7"), func(m wire.Message) (bool, error) {
		t.Errorf("heard %T", m)
		return true, nil
	})
	if !errors.Is(err, server.ErrFailed) {
		t.Errorf("Ask returned %v", err)
	}
	if err := s.wait(); !errors.Is(err, syscall.EIO) {
		t.Errorf("Run returned %v", err)
	}
}

// Damage is there after a restart as well: it is told, and the broker serves on.
func TestDamagedJournalIsTold(t *testing.T) {
	st := &unreadable{store: newStore(t), err: fmt.Errorf("%w: entry of key", journal.ErrCorrupt)}
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	for name, m := range asked() {
		client.say(m)
		if no := expect[*wire.Refuse](client); no.Code != wire.CodeInternal {
			t.Errorf("%s: refused as %+v", name, no)
		}
	}
	client.say(submit(2, "body"))
	expect[*wire.Accepted](client)
}
