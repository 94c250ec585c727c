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
			first, second := newClient(t, s.Endpoints()[0]), newClient(t, s.Endpoints()[0])
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
