package server

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"bcp/broker"
	"bcp/broker/zmq"
	"bcp/journal"
)

// Config is what a Server is set up with.
type Config struct {
	Core   broker.Config // New fills in Broker and Epoch, which the journal has
	Listen []string      // endpoints, as zmq.Listen takes them; at least one
	Router *zmq.Router   // is bound to these endpoints already, and the server closes it; nil: New makes one

	KeepEnded time.Duration // how long ended tasks are kept; default 30 days
	KeepCount uint64        // how many of them are kept at most; default 1,000,000
	KeepAsked uint64        // the same for tasks that say themselves for how long; default 1,000,000

	KeepKeys      time.Duration // how long the key of a forgotten task is remembered; default 30 days
	KeepKeysCount uint64        // how many of these keys are remembered at most; default 1,000,000

	Wall func() time.Time // the wall clock, which may jump back and forth; default time.Now

	BlobMin     int   // from so many bytes on, bodies and results are written and read beside the loop; default 256 KiB
	WindowBytes int   // bytes of bodies that may be on their way to one worker, but at least one body; default 64 MiB
	PeerMemory  int64 // bytes of messages that libzmq may hold before connections are cut, at least Core.BodyMax; 0 for no limit
	CacheBytes  int   // bytes of bodies that are kept in memory: large ones until they are dispatched, others until the end; default 64 MiB
}

// WithDefaults returns the configuration with its zero values filled in.
func (c Config) WithDefaults() Config {
	c.Core = c.Core.WithDefaults()
	c.KeepEnded = cmp.Or(c.KeepEnded, 30*24*time.Hour)
	c.KeepCount = cmp.Or(c.KeepCount, 1_000_000)
	c.KeepAsked = cmp.Or(c.KeepAsked, 1_000_000)
	c.KeepKeys = cmp.Or(c.KeepKeys, 30*24*time.Hour)
	c.KeepKeysCount = cmp.Or(c.KeepKeysCount, 1_000_000)
	c.BlobMin = cmp.Or(c.BlobMin, journal.BlobMin)
	c.WindowBytes = cmp.Or(c.WindowBytes, 64<<20)
	c.CacheBytes = cmp.Or(c.CacheBytes, 64<<20)
	if c.Wall == nil {
		c.Wall = time.Now
	}
	return c
}

// Validate names the first setting that is out of range. Zero values that have defaults
// mostly are: it is for what WithDefaults has returned.
func (c Config) Validate() error {
	if err := c.Core.Validate(); err != nil {
		return err
	}
	switch {
	case len(c.Listen) == 0:
		return errors.New("listen: at least one endpoint is needed")
	case c.KeepEnded <= 0:
		return fmt.Errorf("keep-ended %v: more than 0 is accepted", c.KeepEnded)
	case c.KeepCount == 0:
		return errors.New("keep-count 0: 1 or more is accepted")
	case c.KeepAsked == 0:
		return errors.New("keep-asked 0: 1 or more is accepted")
	case c.KeepKeys <= 0:
		return fmt.Errorf("keep-keys %v: more than 0 is accepted", c.KeepKeys)
	case c.KeepKeysCount == 0:
		return errors.New("keep-keys-count 0: 1 or more is accepted")
	case c.BlobMin < 1:
		return fmt.Errorf("blob-min %d: 1 or more is accepted", c.BlobMin)
	case c.WindowBytes < 1:
		return fmt.Errorf("window %d bytes: 1 or more is accepted", c.WindowBytes)
	case c.PeerMemory != 0 && c.PeerMemory < int64(c.Core.BodyMax):
		return fmt.Errorf("peer-memory %d bytes: body-max (%d) or more is accepted, for a body on its way has to fit, or 0 for no limit", c.PeerMemory, c.Core.BodyMax)
	case c.CacheBytes < 0:
		return fmt.Errorf("cache %d bytes: 0 or more is accepted", c.CacheBytes)
	}
	return nil
}

// Limits of the loop.
const (
	// intakeMax is how many messages one turn takes in: more are not faster, and
	// the timers wait meanwhile.
	intakeMax = 256

	// gatherBytes is from which size on what a message has to commit is counted in
	// bytes at once. What all smaller ones of a turn have is little: less than 4 MiB.
	gatherBytes = 16 << 10

	// tickDelayMax is how long what is due waits for messages that have arrived.
	tickDelayMax = time.Second

	// inlineMax is up to how many records the loop commits a batch itself.
	inlineMax = 128

	// inlineBytes is up to how many bytes of payload the loop commits a batch itself.
	inlineBytes = 1 << 20

	// stageBytes is how many bytes may wait to be written beside the loop, in large
	// payloads and in what their senders have said since. When they are more, nothing
	// is taken in until some are written.
	stageBytes = 256 << 20

	// stageMax is how many large payloads are written at a time: a disk is busy with
	// a few, and the others only make each slower.
	stageMax = 4

	// readMax is how many large payloads are read at a time: each lies in memory until
	// its peer takes it in.
	readMax = 4

	// laneMax is how many sends may wait for a peer behind a large payload. A peer for
	// whom more do loses its place.
	laneMax = 64 << 10

	// parcelMin is from which size on a body counts among those that are on their way
	// to a worker: smaller ones for all slots that it may have are no more than its
	// window.
	parcelMin = 16 << 10

	// sweepEvery is how often the lanes are looked through for peers that are gone.
	sweepEvery = time.Second

	// The next batch is full, and nothing more is taken in before it can be
	// committed, when it has so many records, sends or bytes of payload.
	batchRecords = 16 << 10
	batchSends   = 64 << 10
	batchBytes   = 64 << 20

	// localQueue is how many messages may wait for one Ask.
	localQueue = 1 << 20
)
