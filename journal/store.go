package journal

import (
	"errors"
	"io"
)

// Errors of a Store. The list is append-only.
var (
	// ErrNotFound tells that the journal has no such task.
	ErrNotFound = errors.New("no such task")
	// ErrCorrupt tells that stored data fails its checksum or makes no sense.
	ErrCorrupt = errors.New("journal is damaged")
	// ErrFailed tells that an earlier commit failed: what it wrote is unknown,
	// and the store takes no more.
	ErrFailed = errors.New("journal failed earlier")
	// ErrFenced tells that another broker has taken the journal over.
	ErrFenced = errors.New("another broker has taken over the journal")
	// ErrLocked tells that another process has the journal open.
	ErrLocked = errors.New("journal is in use by another process")
	// ErrNewer tells that the journal was written by a newer version.
	ErrNewer = errors.New("journal is of a newer schema")
	// ErrForeign tells that the file is not a journal.
	ErrForeign = errors.New("file is not a BCP journal")
	// ErrCompacting tells that a journal is being compacted already.
	ErrCompacting = errors.New("a compaction is under way: wait until it is over")
	// ErrFull tells that there is no room, on the disk or within a quota.
	ErrFull = errors.New("no room is left")
)

// Meta is what a journal says of itself.
type Meta struct {
	Broker [16]byte // identity, made with the journal; the same for ever
	Epoch  uint64   // counts the openings for writing; the fencing token
	Last   ID       // an upper bound of the IDs given so far
	Ended  uint64   // tasks kept that have ended
	Schema uint32
}

// Entry is a task as it is read from a Store.
type Entry struct {
	Task    Task
	Records []Record // of its row, without payloads

	Checkpoint *Record // the last, without its payload; nil for none
}

// Range says which tasks to scan, in rising order of ID, or in falling order if
// Descending is set.
type Range struct {
	Live, Ended bool // which tasks; with both, they come in one order
	After       ID   // the scan begins behind this one; zero: with the first, or the last
	Descending  bool

	// EndedAs, if it is not 0, says that of the ended tasks only those in this state are
	// wanted. The store may skip others without decoding them, but need not: a scan that
	// has skipped many ends with the last one that it has looked at.
	EndedAs State

	Limit int // at most so many tasks; 0 and all above DefaultScanLimit mean DefaultScanLimit
}

// DefaultScanLimit bounds one Scan: a read transaction held for long makes the
// journal file grow.
const DefaultScanLimit = 1000

// Store keeps records. One goroutine at a time may call Commit and CommitAndPrune. The
// reading methods may be called from any goroutine at any time, and see only what is
// committed.
type Store interface {
	// Commit writes the records, in their order, as one atomic batch that is durable
	// when it returns nil. After an error it is unknown whether the batch is on disk, and
	// every later Commit returns ErrFailed. It returns ErrFenced when another broker has
	// taken over.
	Commit(records []Record) error

	// Stage writes a large payload before the commit of the record that will refer to it
	// by the Blob that Stage returns. The payload is durable by then. It may take long,
	// and may be called from any goroutine at any time. A payload that no commit refers
	// to is removed by Discard, or at the next opening. An error leaves nothing behind; it
	// wraps ErrFull where there is no room.
	Stage(payload []byte) (Blob, error)

	// Discard removes a staged payload that no commit refers to or ever will.
	Discard(Blob)

	// LiveReader has Live, which calls fn for every task that has not ended, in rising
	// order of ID, with its row. The row is valid until fn returns; EachLive decodes rows.
	// Live stops at fn's first error and returns it. A damaged row is an error that wraps
	// ErrCorrupt and names the task. Fn may take long, and may commit.
	LiveReader

	// Settings calls fn for every setting in order of its name, with its last
	// record; what is gone is left out. It stops at fn's first error and returns
	// it. A damaged row is an error that wraps ErrCorrupt and names the setting.
	Settings(fn func(Record) error) error

	// Get returns one task, live or ended. ErrNotFound if there is none.
	Get(ID) (Entry, error)

	// Body returns the body of a task that has not ended, or whose end says that
	// it is kept. ErrNotFound if there is none.
	Body(ID) ([]byte, error)

	// Result returns the result of a task that has ended. ErrNotFound if there is none.
	Result(ID) ([]byte, error)

	// BodyOrBlob and ResultOrBlob are Body and Result for callers that must not wait for
	// a large payload: for one that was staged they return its blob instead.
	BodyOrBlob(ID) ([]byte, Blob, error)
	ResultOrBlob(ID) ([]byte, Blob, error)

	// OpenBlob opens a staged payload to be read piece by piece, once all of it has been
	// found whole. It can be read to its end though it is forgotten meanwhile, and has to be
	// closed. Damage is an error that wraps ErrCorrupt, and so is a blob that is gone.
	OpenBlob(Blob) (io.ReadCloser, error)

	// Checkpoint returns the last state that an attempt of a live task has saved.
	// ErrNotFound if there is none.
	Checkpoint(ID) ([]byte, error)

	// ByKey finds the task that was last submitted under a client's key. The task may
	// be forgotten: then Get doesn't know it, but Tombstone does.
	ByKey(key string) (ID, bool, error)

	// Unused returns ranges of keys, in order, that stand for no task, or for none that
	// anything is known of any more: at most MaxUnused, near this key, and only those that
	// the store finds without effort. It may return none, or none that holds the key,
	// although the key is unused.
	Unused(key string) ([]KeyRange, error)

	// Tombstone returns what is left of a task that was forgotten. ErrNotFound if the
	// task is still there, had no key or never existed, or if its key is forgotten as well.
	Tombstone(ID) (Tombstone, error)

	// Scan calls fn for the tasks in the range, up to the limit, and tells whether there
	// may be more. It stops at fn's first error and returns it. Damaged rows are passed over:
	// an error that wraps ErrCorrupt tells of the first, and there may be more behind it.
	Scan(r Range, fn func(Entry) error) (more bool, err error)

	// CommitAndPrune is Commit, and forgets what was kept long enough or exceeds a
	// number: ended tasks, with all that belongs to them but a tombstone, and tombstones,
	// with their keys. It looks at no more than limit of these. Pruning needs no sync of
	// its own: it is in the batch of the records, or in a later batch that settles many
	// commits. What these records end is not pruned yet. It returns how many were
	// forgotten since it was called last.
	//
	// Damaged rows, and what is in a damaged page or beside one, are not forgotten.
	// Damage is an error that wraps ErrCorrupt and tells of some of them, once; all others
	// are forgotten nevertheless. Err is that of Commit, or of a disk that can't be read
	// for what there is to prune, after which the store takes no more if it was given records.
	CommitAndPrune(records []Record, r Retention, limit int) (forgot int, damage, err error)

	// Room tells how much can still be written, and whether the journal is where a start
	// looks for it. It may look at the disk, and set aside there what is to be left free.
	// Only the goroutine that commits may call it, between two commits. An error is one of
	// the disk, or tells that the store has failed.
	Room() (Room, error)

	// Meta returns the journal's identity and counters.
	Meta() Meta

	// Close releases the journal. Nothing is lost without it.
	Close() error
}
