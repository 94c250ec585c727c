package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/journal"
)

// A disk that has room, and one on which there is nothing but a part of the reserve.
var (
	wideRoom  = journal.Room{Free: 1 << 30, Whole: 1 << 30, Reserve: 1 << 20}
	tightRoom = journal.Room{Free: 1 << 19, Whole: 1 << 19, Reserve: 1 << 20}
)

// setRoom has the disk be as full as this, and waits until the loop has seen it.
func (r *running) setRoom(t *testing.T, st *store, room journal.Room, full bool) {
	t.Helper()
	st.room.Store(&room)
	r.until(t, "the room is seen", func(b *broker.Broker) bool { return b.Space().Full == full })
}

// endOne has a worker come and end the task that the client has submitted.
func (r *running) endOne(t *testing.T, client *peer) {
	t.Helper()
	worker := newWorker(t, r, "w", 1)
	d := expect[*wire.Dispatch](worker)
	worker.say(&wire.Outcome{Ref: d.Ref, Verdict: wire.VerdictDone, Payload: []byte("result")})
	expect[*wire.OutcomeAck](worker)
	expect[*wire.Ended](client)
}

// While the disk is full new tasks are refused, and large bodies not even written;
// what was accepted is ended. When there is room it goes on by itself.
func TestFullDisk(t *testing.T) {
	st := newStore(t)
	st.room.Store(&wideRoom)
	staged := 0
	st.stage.set(func(payload []byte) (journal.Blob, error) {
		staged++
		return st.Store.Stage(payload)
	})
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	client.say(submit(1, "small"))
	expect[*wire.Accepted](client)

	s.setRoom(t, st, tightRoom, true)
	client.say(submit(2, "small"), submit(3, largeBody("a")))
	for range 2 {
		if m := expect[*wire.Refuse](client); m.Code != wire.CodeDiskFull {
			t.Errorf("refused as %+v", m)
		}
	}
	if staged > 0 {
		t.Error("a large body was written that there is no room for")
	}
	s.endOne(t, client)

	s.setRoom(t, st, wideRoom, false)
	client.say(submit(4, largeBody("a")))
	expect[*wire.Accepted](client)
}

// While the journal's file is not where a start would look for it new tasks are refused, and
// what was accepted goes on. When it is back so are they.
func TestLostFile(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	client.say(submit(1, "small"))
	expect[*wire.Accepted](client)

	s.setRoom(t, st, journal.Room{Lost: true}, true)
	client.say(submit(2, "small"), submit(3, largeBody("a")))
	for range 2 {
		if m := expect[*wire.Refuse](client); m.Code != wire.CodeDiskFull || !strings.Contains(m.Text, "moved or removed") {
			t.Errorf("refused as %+v", m)
		}
	}
	s.endOne(t, client)

	s.setRoom(t, st, journal.Room{}, false)
	client.say(submit(4, "small"))
	expect[*wire.Accepted](client)
}

// Each change is logged once: also that the disk is full of a journal whose file is back.
func TestChangesOfRoomAreLogged(t *testing.T) {
	var log bytes.Buffer
	st := newStore(t)
	s := startLogging(t, testConfig(), st, slog.NewTextHandler(&log, nil))
	lost := journal.Room{Lost: true}
	for _, room := range []journal.Room{tightRoom, lost, tightRoom, wideRoom, lost, wideRoom} {
		st.room.Store(&room)
		s.until(t, "the room is seen", func(b *broker.Broker) bool { return b.Space().Lost == room.Lost && b.Space().Free == room.Free })
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile("is full|moved or removed|has room again|is back").FindAllString(log.String(), -1)
	if want := []string{"is full", "moved or removed", "is full", "has room again", "moved or removed", "is back"}; !slices.Equal(said, want) {
		t.Errorf("%q is logged, want %q", said, want)
	}
}

// A large result for which only the reserve has room goes into the journal's file, which has
// that: beside it nothing can be written.
func TestLargeResultOnAFullDisk(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	client, worker := newClient(t, s), newWorker(t, s, "w", 1)
	client.say(submit(1, "small"))
	expect[*wire.Accepted](client)
	d := expect[*wire.Dispatch](worker)

	s.setRoom(t, st, journal.Room{Free: 1 << 20, Whole: 1 << 20, Reserve: 1 << 20}, true)
	st.stage.set(func([]byte) (journal.Blob, error) { return journal.Blob{}, journal.ErrFull })
	worker.say(&wire.Outcome{Ref: d.Ref, Verdict: wire.VerdictDone, Payload: []byte(largeBody("r"))})
	expect[*wire.OutcomeAck](worker)
	if e := expect[*wire.Ended](client); string(e.Result) != largeBody("r") {
		t.Errorf("ended with %d bytes", len(e.Result))
	}
}

// A large body is refused with the room that there is for it: what is free in the journal's
// file is none.
func TestLargeBodyForAFullDisk(t *testing.T) {
	st := newStore(t)
	room := &journal.Room{Free: 1 << 30, Whole: 1<<20 + 100<<10, Reserve: 1 << 20}
	st.room.Store(room)
	s := start(t, testConfig(), st)
	s.until(t, "the room is seen", func(b *broker.Broker) bool { return b.Space().Free == room.Free })
	client := newClient(t, s)
	client.say(submit(1, largeBody("a")))
	if m := expect[*wire.Refuse](client); m.Code != wire.CodeDiskFull || !strings.Contains(m.Text, " has 1.1 MiB left, and 1.0 MiB are kept ") {
		t.Errorf("refused as %+v", m)
	}
}

// The disk is looked at also while nothing is committed and no reserve is set aside: the
// journal has files that are to go when there is little left.
func TestUnwatchedDisk(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	begun := st.looks.Load()
	s.until(t, "the disk is looked at", func(*broker.Broker) bool { return st.looks.Load() > begun })
}

// Who asks a loop that has had nothing to do is told how the disk is now.
func TestDiskOfAnIdleBroker(t *testing.T) {
	st := newStore(t)
	s, err := server.New(testConfig(), st, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	st.room.Store(&journal.Room{Free: 5 << 20, Whole: 5 << 20, Reserve: 1 << 20})
	told := make(chan broker.Space, 1)
	var asking sync.WaitGroup
	asking.Go(func() { // it ends with the server, if not before
		_ = s.Inspect(t.Context(), func(_ broker.Instant, b *broker.Broker) { told <- b.Space() })
	})
	for len(told) == 0 { // something else may wake it first
		if err := s.WaitLong(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-told; got.Free != 5<<20 {
		t.Errorf("%+v is told of a disk with 5 MiB", got)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.Run(ended); err != nil {
		t.Error(err)
	}
	asking.Wait()
}
