package broker

import (
	"cmp"
	"fmt"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// Config is what the core is set up with.
type Config struct {
	Broker  [16]byte // identity of the journal
	Epoch   uint64   // of this opening of the journal
	Journal string   // its name, for people; default "the journal"

	Heartbeat     time.Duration // how often both sides send Beat; default 2.5 s
	Liveness      int           // beats that may be missed; default 3
	ReattachGrace time.Duration // how long attempts wait for a worker that is away; 0 for not at all
	ResendEvery   time.Duration // until an Ended is acknowledged; default 5 s

	// What holds for tasks that don't say.
	OnLoss      journal.LossPolicy // default requeue
	LossMax     uint32             // default 3
	CancelGrace time.Duration      // from TERM to KILL; default 5 s

	KeepBodies journal.KeepBodies // of which ended tasks the bodies are kept; default failed and canceled
	CopyMin    int                // from so many bytes on, the server copies the body that a retry needs; 0: never

	MaxTasks  int // tasks that have not ended; default 20,000,000
	MaxPeers  int // workers, and as many sessions; default 20,000
	BodyMax   int // bytes in a body or result; default wire.MaxBody
	AckWindow int // bytes of results on their way to one client, but at least one result; default 64 MiB
	BCP1Slots int // attempts at a time on a BCP/1 worker, which can't say; default 64

	// Received tells how many bytes have come from a peer, also of a message that is not
	// complete yet, and how long ago the last of them came; false if that is not known. If
	// it is nil, nothing is known of any peer.
	Received func(wire.Peer) (bytes uint64, ago time.Duration, ok bool)

	// Sending tells whether a large message to a peer is still leaving. Nil means no.
	Sending func(wire.Peer) bool

	// Unfolded is how many waiting tasks, those that came last, are not folded (fold.go).
	// Each takes 1 KiB, but costs no work if it is dispatched soon. Default 2,048; negative
	// for none.
	Unfolded int
}

// WithDefaults returns the configuration with its zero values filled in.
func (c Config) WithDefaults() Config {
	c.Journal = cmp.Or(c.Journal, "the journal")
	c.Heartbeat = cmp.Or(c.Heartbeat, 2500*time.Millisecond)
	c.Liveness = cmp.Or(c.Liveness, 3)
	c.ResendEvery = cmp.Or(c.ResendEvery, 5*time.Second)
	c.OnLoss = cmp.Or(c.OnLoss, journal.LossRequeue)
	c.LossMax = cmp.Or(c.LossMax, 3)
	c.CancelGrace = cmp.Or(c.CancelGrace, 5*time.Second)
	c.KeepBodies = cmp.Or(c.KeepBodies, journal.KeepFailed)
	c.MaxTasks = cmp.Or(c.MaxTasks, 20_000_000)
	c.MaxPeers = cmp.Or(c.MaxPeers, 20_000)
	c.BodyMax = cmp.Or(c.BodyMax, wire.MaxBody)
	c.AckWindow = cmp.Or(c.AckWindow, 64<<20)
	c.BCP1Slots = cmp.Or(c.BCP1Slots, 64)
	c.Unfolded = cmp.Or(c.Unfolded, 2048)
	return c
}

// Validate names the first setting that is out of range. Zero values that have defaults
// mostly are: it is for what WithDefaults has returned.
func (c Config) Validate() error {
	switch {
	case c.Heartbeat < wire.HeartbeatMin || c.Heartbeat > wire.HeartbeatMax:
		return fmt.Errorf("heartbeat %s: 10ms to 1h are accepted", journal.FormatDuration(c.Heartbeat.Milliseconds()))
	case c.Liveness < 1 || c.Liveness > wire.LivenessMax:
		return fmt.Errorf("liveness %d: 1 to %d are accepted", c.Liveness, wire.LivenessMax)
	case c.ReattachGrace < 0:
		return fmt.Errorf("reattach-grace %v: 0 or more is accepted", c.ReattachGrace)
	case c.OnLoss < journal.LossRequeue || c.OnLoss > journal.LossFail:
		return fmt.Errorf("on-worker-lost %v: requeue, wait or fail is accepted", c.OnLoss)
	case c.KeepBodies < journal.KeepFailed || c.KeepBodies > journal.KeepNone:
		return fmt.Errorf("keep-bodies %v: failed, all or none is accepted", c.KeepBodies)
	case c.BodyMax < 1 || c.BodyMax > wire.MaxBody:
		return fmt.Errorf("body-max %d: 1 to %d bytes are accepted", c.BodyMax, wire.MaxBody)
	}
	return nil
}
