package broker

import (
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// Instant is a moment as the broker's two clocks tell it.
type Instant struct {
	Mono   time.Duration // monotonic, since the process started: deadlines
	WallMS int64         // Unix milliseconds: what is written and shown
}

// Load says which payload a Send lacks. The server reads it from the journal
// (or from its cache) and puts it into the message.
type Load uint8

const (
	LoadNone    Load = iota
	LoadBody         // Dispatch.Body
	LoadResult       // Ended.Result
	LoadFound        // all of Found, see FillFound
	LoadAttempt      // Dispatch.Body and Dispatch.Checkpoint
	LoadChanged      // all of Changed, see FillChanged
	LoadShown        // all of Shown, see package broker/answer
)

// Send is a message to be sent once the records before it are committed.
type Send struct {
	To   wire.Peer
	Msg  wire.Message
	Load Load
	Task journal.ID // whose payload to load
}

// Effects are what the core wants done, in order: commit all Records as one
// batch, then perform the Sends. Sends depend also on all earlier Effects.
type Effects struct {
	Records []journal.Record
	Sends   []Send
	Mark    uint64 // give it to Committed once the records are durable
	Taken   int64  // give it to Room with a look at the disk after that
}

// Archive is how the core looks at tasks that have ended. journal.Store has it.
// It sees only what is committed; the core keeps an ended task in memory until
// Committed.
type Archive interface {
	journal.Finder
	ByKey(key string) (journal.ID, bool, error)
	Unused(key string) ([]journal.KeyRange, error)
	Tombstone(journal.ID) (journal.Tombstone, error)
	Body(journal.ID) ([]byte, error)
}

// spares are lists that nobody needs any more, for the next effects: without them each
// turn of the loop would make its lists grow from nothing.
type spares[T any] struct{ lists [][]T }

const (
	// sparesMax is how many lists go around: while one is filled, another gathers for the
	// next commit, and a third waits for the one under way.
	sparesMax = 3

	// spareMax bounds the memory that is kept in each, in records and in sends: what a
	// turn of the loop makes of its messages, or several that wait for a commit.
	spareMax = 4096
)

// keep takes back a list, and forgets what is in it.
func (s *spares[T]) keep(done []T) {
	if cap(done) == 0 || cap(done) > spareMax || len(s.lists) == sparesMax {
		return
	}
	clear(done)
	s.lists = append(s.lists, done[:0])
}

// take returns an empty list, nil if none was kept.
func (s *spares[T]) take() []T {
	if len(s.lists) == 0 {
		return nil
	}
	return popLast(&s.lists)
}
