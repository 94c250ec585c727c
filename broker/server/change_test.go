package server_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// Tasks that are tried again together have copies of their large bodies, made beside the
// loop; asked for again, they are the same tasks.
func TestRetryOfManyLargeBodies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	st := openStore(t, path)
	var answered atomic.Bool
	st.stage.set(func(payload []byte) (journal.Blob, error) {
		if answered.Load() {
			t.Errorf("a body of %d bytes is copied once more", len(payload))
		}
		return st.Store.Stage(payload)
	})
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	bodies := []string{largeBody("a"), "small", largeBody("b")}
	change := &wire.Change{Do: wire.ChangeRetry, Filter: "state=canceled retry-of!=*", NewKeys: "again"}
	for i, body := range bodies {
		client.say(submit(i+1, body))
		change.Tasks = append(change.Tasks, expect[*wire.Accepted](client).Task)
		client.say(&wire.Cancel{Req: 2, Task: change.Tasks[i]})
		expect[*wire.Ended](client)
		expect[*wire.Status](client)
	}
	s.until(t, "the ends are in the journal", func(*broker.Broker) bool {
		e, err := st.Get(change.Tasks[2])
		return err == nil && e.Task.State.Ended()
	})
	client.say(change)
	first := expect[*wire.Changed](client)
	answered.Store(true)
	client.say(change)
	again := expect[*wire.Changed](client)
	for i, row := range first.Rows {
		if row.Code != 0 || row.RetriedAs.IsZero() || again.Rows[i].RetriedAs != row.RetriedAs {
			t.Errorf("%+v, and then %+v", row, again.Rows[i])
		}
		if body, err := st.Body(row.RetriedAs); err != nil || string(body) != bodies[i] {
			t.Errorf("the retry has a body of %d bytes, %v: want %d", len(body), err, len(bodies[i]))
		}
	}
	if err := errors.Join(s.stop(), st.Close()); err != nil {
		t.Fatal(err)
	}
	if n := blobFiles(t, path); n != 4 {
		t.Errorf("%d files, want two bodies and their copies", n)
	}
}

// While somebody asks whom a change would mean, others are served.
func TestChangeIsAskedBesideTheLoop(t *testing.T) {
	st := &slowScans{store: newStore(t), scan: make(chan struct{}), goOn: make(chan struct{})}
	s := start(t, testConfig(), st)
	c, other := newClient(t, s), newClient(t, s)
	c.say(&wire.Change{Req: 1, Do: wire.ChangeCancel, All: true})
	<-st.scan
	other.say(submit(1, "body"))
	id := expect[*wire.Accepted](other).Task
	close(st.goOn)
	page := expect[*wire.Changed](c)
	c.say(&wire.Change{Req: 2, Do: wire.ChangeCancel, Tasks: []journal.ID{id}})
	if m := expect[*wire.Changed](c); m.Rows[0].After != journal.Canceled || !page.Cursor.IsZero() {
		t.Errorf("%+v after %+v", m, page)
	}
}

// Tasks that are tried again before their ends are in the journal have copies of their large
// bodies all the same: none is read in the loop, nor passes through a commit.
func TestRetryBeforeTheEndIsInTheJournal(t *testing.T) {
	st := newStore(t)
	commitsNoLargePayload(t, st)
	s := start(t, coldConfig(), st)
	client := newClient(t, s)
	client.say(submit(1, largeBody("a")))
	id := expect[*wire.Accepted](client).Task
	client.say(&wire.Cancel{Req: 2, Task: id}, &wire.Change{Req: 3, Do: wire.ChangeRetry, Tasks: []journal.ID{id}})
	expect[*wire.Ended](client)
	expect[*wire.Status](client)
	row := expect[*wire.Changed](client).Rows[0]
	if body, err := st.Body(row.RetriedAs); err != nil || string(body) != largeBody("a") {
		t.Errorf("%+v: a body of %d bytes, %v", row, len(body), err)
	}
}

// retryOfLarge asks that so many tasks with large bodies, which have ended, are tried again.
func retryOfLarge(client *peer, n int) *wire.Change {
	change := &wire.Change{Req: 3, Do: wire.ChangeRetry}
	for range n {
		change.Tasks = append(change.Tasks, endLarge(client))
	}
	return change
}

// endLarge has a task with a large body that has ended.
func endLarge(client *peer) journal.ID {
	m := submit(1, largeBody("a"))
	m.Quiet = true
	client.say(m)
	id := expect[*wire.Accepted](client).Task
	client.say(&wire.Cancel{Req: 2, Task: id})
	expect[*wire.Status](client)
	return id
}

// A large body that is damaged keeps its task alone from being tried again, however often
// it is asked for.
func TestRetryOfADamagedLargeBody(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	change := retryOfLarge(client, 3)
	change.NewKeys = "again"
	damaged := change.Tasks[1]
	st.body.set(func(id journal.ID) ([]byte, error) {
		if id == damaged {
			return nil, fmt.Errorf("%w: seal", journal.ErrCorrupt)
		}
		return st.Store.Body(id)
	})
	for range 2 {
		client.say(change)
		for _, row := range expect[*wire.Changed](client).Rows {
			if row.Task == damaged && (row.Code != wire.CodeInternal || !strings.HasPrefix(row.Text, "can't read the body: ")) {
				t.Errorf("the damaged one: %+v", row)
			} else if row.Task != damaged && row.RetriedAs.IsZero() {
				t.Errorf("another one: %+v", row)
			}
		}
	}
	client.say(&wire.Resolve{Req: 4, Task: damaged, Verb: wire.ResolveRetry})
	if m := expect[*wire.Refuse](client); m.Req != 4 || m.Code != wire.CodeInternal || !strings.HasPrefix(m.Text, "can't read the body: ") {
		t.Errorf("alone: %+v", m)
	}
}

// Of tasks with large bodies as many are tried again as there is room for. Of the others that
// is told, and of one alone.
func TestRetryOfLargeBodiesWhenTheQueueIsFull(t *testing.T) {
	cfg := testConfig()
	cfg.Core.MaxTasks = 1
	s := start(t, cfg, newStore(t))
	client := newClient(t, s)
	change := retryOfLarge(client, 2)
	client.say(change)
	if rows := expect[*wire.Changed](client).Rows; rows[0].RetriedAs.IsZero() || rows[1].Code != wire.CodeQueueFull {
		t.Errorf("together: %+v", rows)
	}
	client.say(&wire.Resolve{Req: 4, Task: change.Tasks[1], Verb: wire.ResolveRetry})
	if m := expect[*wire.Refuse](client); m.Req != 4 || m.Code != wire.CodeQueueFull {
		t.Errorf("alone: %+v", m)
	}
}

// Of tasks with large bodies as many are tried again as the disk has room for, and those
// without one. Of each other that is told, and not that it is to be asked for again at once.
func TestRetryOfLargeBodiesWhenTheDiskGetsFull(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	change := retryOfLarge(client, 4)
	change.NewKeys = "again"
	client.say(submit(1, "small"))
	change.Tasks = append(change.Tasks, expect[*wire.Accepted](client).Task)
	client.say(&wire.Cancel{Req: 2, Task: change.Tasks[4]})
	expect[*wire.Ended](client)
	expect[*wire.Status](client)
	seeRoom := func(bytes int64) {
		room := roomFor(bytes)
		st.room.Store(room)
		s.until(t, "the room is seen", func(b *broker.Broker) bool { return b.Space().Free == room.Free })
	}
	seeRoom(2*300<<10 + 100<<10)
	client.say(change)
	for i, row := range expect[*wire.Changed](client).Rows {
		full := i == 2 || i == 3
		if row.RetriedAs.IsZero() != full || full && (row.Code != wire.CodeDiskFull || !strings.Contains(row.Text, "300.0 KiB, beside those of others")) {
			t.Errorf("%d, when there is room for two: %+v", i, row)
		}
	}
	seeRoom(1 << 30)
	client.say(change)
	for i, row := range expect[*wire.Changed](client).Rows {
		if row.RetriedAs.IsZero() {
			t.Errorf("%d, when there is room for all: %+v", i, row)
		}
	}
}
