package journal

import "errors"

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

// Range says which tasks to scan, in rising order of ID, or falling if
// Descending. After is exclusive; its zero value starts at the first (or last).
type Range struct {
	Live, Ended bool // which parts; Live comes as one ordered whole with Ended
	After       ID
	Descending  bool

	// EndedAs tells that of the ended tasks only those in this state are wanted; 0 for
	// all. Others may be passed by without being decoded, and are given all the same now
	// and then: a scan ends at the last that it has looked at when it has passed by many.
	EndedAs State

	Limit int // at most so many; 0, and any more than that, means DefaultScanLimit
}

// DefaultScanLimit bounds one Scan: a read transaction held for long makes the
// journal file grow.
const DefaultScanLimit = 1000

// Store keeps records. One goroutine at a time may call Commit and CommitAndPrune; the reading methods may be called from any goroutine at any time and
// see only what is committed.
type Store interface {
	// Commit writes the records, in their order, as one atomic batch that is
	// durable when it returns nil. Any error is an unknown outcome: every later
	// Commit returns ErrFailed. Returns ErrFenced when another broker has taken over.
	Commit(records []Record) error

	// Stage writes a payload that a record is going to refer to, apart from any
	// commit: Record.Blob is what it returns. It is durable then, and may take long;
	// it may be called from any goroutine at any time. What no commit refers to is
	// gone after the next opening, or with Discard. An error leaves nothing behind.
	Stage(payload []byte) (Blob, error)

	// Discard removes a staged payload that no commit refers to or ever will.
	Discard(Blob)

	// Live calls fn for every task that has not ended, in rising order of ID, with its
	// row, which is valid until fn returns; EachLive decodes them. It stops at fn's first
	// error and returns it. A damaged row is an error that wraps ErrCorrupt and names the
	// task. Fn may take its time, and may commit.
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

	// BodyOrBlob and ResultOrBlob are Body and Result for who must not wait for a
	// large one: of a payload that was written apart they return its blob instead.
	BodyOrBlob(ID) ([]byte, Blob, error)
	ResultOrBlob(ID) ([]byte, Blob, error)

	// Checkpoint returns the state that an attempt of a task that has not ended
	// saved last. ErrNotFound if none was.
	Checkpoint(ID) ([]byte, error)

	// ByKey finds the task that was last submitted under a client's key. It may be
	// forgotten: then Get doesn't know it, and Tombstone does.
	ByKey(key string) (ID, bool, error)

	// Unused returns ranges of keys about this one which stand for no task: as many as it
	// is easy to tell of, and no more than MaxUnused, in their order. None, or none that
	// the key is in, is an answer, too.
	Unused(key string) ([]KeyRange, error)

	// Tombstone returns what is left of a task that was forgotten. ErrNotFound if
	// the task is still there, had no key, never was, or is forgotten altogether.
	Tombstone(ID) (Tombstone, error)

	// Scan calls fn for the tasks in the range until the limit; it tells whether
	// there may be more. It stops at fn's first error and returns it.
	Scan(r Range, fn func(Entry) error) (more bool, err error)

	// CommitAndPrune forgets what has been kept long enough or is in excess of a number:
	// ended tasks, with all that belongs to them but a tombstone, and tombstones, with
	// their keys. It looks at no more than limit of these. Then it commits the records, so
	// that pruning has no sync of its own: in one atomic batch, or the pruning later, with
	// a batch of many commits. What the records end is not pruned yet. It returns how many
	// were forgotten since it was called the last time.
	//
	// A damaged row stays where it is, and so does what is in a damaged page or beside one:
	// damage wraps ErrCorrupt and tells of some of it, once, and the others are forgotten
	// all the same. Err is that of Commit, or of a disk that doesn't tell what there is to
	// prune.
	CommitAndPrune(records []Record, r Retention, limit int) (forgot int, damage, err error)

	// Room tells how much can still be written; it may look at the disk, and set
	// aside there what is to be left. The goroutine that commits calls it, between two
	// commits. An error is one of the disk, or that the store has failed.
	Room() (Room, error)

	// Meta returns the journal's identity and counters.
	Meta() Meta

	// Close releases the journal. Nothing is lost without it.
	Close() error
}
