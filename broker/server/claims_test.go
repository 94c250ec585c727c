package server_test

import (
	"testing"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/journal"
)

// roomFor is a disk on which so many bytes are left for new tasks.
func roomFor(bytes int64) *journal.Room {
	const reserve = 1 << 20
	return &journal.Room{Free: reserve + bytes, Whole: reserve + bytes, Reserve: reserve}
}

// Of large bodies that come at once those are written that there is room for. The others
// wait until these are, and are judged by the disk as it is then.
func TestRoomForSomeLargeBodies(t *testing.T) {
	const one = 400 << 10 // room for a body, and not for two
	for name, c := range map[string]struct {
		cfg  func(*server.Config)
		room *journal.Room // before
		then *journal.Room // when the first body is written
		code wire.Code     // that the second is refused with, 0 for none
	}{
		"the disk is full then": {func(*server.Config) {}, roomFor(one), roomFor(one / 4), wire.CodeDiskFull},
		"it has room again":     {func(*server.Config) {}, roomFor(one), roomFor(one), 0},
		"the queue is full":     {func(cfg *server.Config) { cfg.Core.MaxTasks = 1 }, roomFor(1 << 30), roomFor(1 << 30), wire.CodeQueueFull},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStore(t)
			begun, release := blockStaging(st)
			st.room.Store(c.room)
			cfg := testConfig()
			c.cfg(&cfg)
			s := start(t, cfg, st)
			s.until(t, "the room is seen", func(b *broker.Broker) bool { return b.Space().Free == c.room.Free })
			first, second := newClient(t, s), newClient(t, s)
			first.sayLarge(1, "a")
			first.taken()
			<-begun
			second.sayLarge(2, "b")
			second.taken()
			if len(begun) > 0 {
				t.Error("a body is written beside one that takes its room")
			}
			st.room.Store(c.then)
			close(release)
			expect[*wire.Accepted](first)
			if c.code == 0 {
				expect[*wire.Accepted](second)
				expect[*wire.Accepted](second)
				return
			}
			for range 2 {
				if m := expect[*wire.Refuse](second); m.Code != c.code {
					t.Errorf("refused as %+v", m)
				}
			}
			if len(begun) > 0 {
				t.Error("a body was written, and refused")
			}
		})
	}
}

// A retry waits for no room that is taken by what its sender has said later.
func TestRetryAheadOfALargeBody(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	client.say(submit(1, largeBody("a")+largeBody("a")))
	id := expect[*wire.Accepted](client).Task
	client.say(&wire.Cancel{Req: 2, Task: id})
	expect[*wire.Ended](client)
	expect[*wire.Status](client)

	begun, release := blockStaging(st)
	room := roomFor(2*300<<10 + 100<<10) // for two bodies of one letter, or that of the retry
	st.room.Store(room)
	s.until(t, "the room is seen", func(b *broker.Broker) bool { return b.Space().Free == room.Free })
	client.say(submit(3, largeBody("b")), &wire.Resolve{Req: 4, Task: id, Verb: wire.ResolveRetry}, submit(5, largeBody("c")))
	client.taken()
	<-begun
	<-begun
	close(release)
	expect[*wire.Accepted](client)
	expect[*wire.Status](client)
	expect[*wire.Accepted](client)
}

// Who waits for room goes on without it when the disk is full: then the core refuses it.
func TestDiskGetsFullWhileARetryWaits(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	client, other := newClient(t, s), newClient(t, s)
	client.say(submit(1, largeBody("a")+largeBody("a")+largeBody("a")))
	id := expect[*wire.Accepted](client).Task
	client.say(&wire.Cancel{Req: 2, Task: id})
	expect[*wire.Ended](client)
	expect[*wire.Status](client)

	release := map[string]chan struct{}{"b": make(chan struct{}), "c": make(chan struct{}), "x": make(chan struct{})}
	begun := make(chan struct{}, len(release))
	st.stage.set(func(payload []byte) (journal.Blob, error) {
		begun <- struct{}{}
		<-release[string(payload[:1])]
		return st.Store.Stage(payload)
	})
	seeRoom := func(bytes int64) {
		room := roomFor(bytes)
		st.room.Store(room)
		s.until(t, "the room is seen", func(b *broker.Broker) bool { return b.Space().Free == room.Free })
	}
	seeRoom(3*300<<10 + 100<<10)
	other.sayLarge(1, "x")
	other.taken()
	client.say(submit(3, largeBody("b")), &wire.Resolve{Req: 4, Task: id, Verb: wire.ResolveRetry}, submit(5, largeBody("c")))
	client.taken()
	for range release {
		<-begun
	}
	close(release["b"])
	expect[*wire.Accepted](client)
	seeRoom(0)
	close(release["c"])
	for range 2 {
		if m := expect[*wire.Refuse](client); m.Code != wire.CodeDiskFull {
			t.Errorf("refused as %+v", m)
		}
	}
	close(release["x"])
	if m := expect[*wire.Refuse](other); m.Code != wire.CodeDiskFull {
		t.Errorf("refused as %+v", m)
	}
	seeRoom(1 << 30)
}
