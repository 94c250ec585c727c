package journal

import (
	"context"
	"fmt"
)

// Keeper is what a store that is kept in files can do for them while it is in use.
type Keeper interface {
	// Verify looks at every row, seal and index, and at the large payloads, in small
	// steps. Found is told of each problem, and progress how far it is; either may be nil.
	Verify(ctx context.Context, found func(Problem), progress func(Checked)) (Checked, error)

	// Backup writes a copy as of one moment to path, on the machine of the store. What
	// was committed before the call is in it. It has its name when it is whole and
	// synced; a file of that name is an error that wraps fs.ErrExist. Progress, which
	// may be nil, is called in another goroutine, one call at a time and none after the
	// return: with the latest, and the last.
	Backup(ctx context.Context, path string, progress func(Copied)) error

	// Compact writes the file anew without its free pages, and puts that in its place,
	// beside commits and whoever reads. It verifies the journal first: one that is
	// damaged stays as it is, and the error wraps ErrCorrupt. Alone is to run a function,
	// and return its error, while no commit and no prune is under way and none begins.
	// One at a time: the error wraps ErrCompacting for another one. After an error the
	// file is the one that it was.
	Compact(ctx context.Context, alone func(func() error) error, told Observer) (Compacted, error)

	// Export calls emit with the tasks that want accepts, in order of ID, each as of
	// one moment; with a nil want also with settings and tombstones. What is damaged
	// is left out, and told to left. Want must not wait for anything.
	Export(ctx context.Context, want func(*Entry) bool, emit func(Item) error, left func(Problem)) error
}

// Observer is told how a job is getting on that verifies a journal and then copies it.
// Where a member is nil nobody is.
type Observer struct {
	Found   func(Problem) // each problem
	Checked func(Checked) // how far the verification is
	Copied  func(Copied)  // how far the copy is
}

// Problem is something that is wrong with a journal.
type Problem struct {
	Bucket string // where: a bucket; "file" for its pages; "blobs" also for the files of large payloads
	Task   ID     // whose it is, zero if nobody's
	What   string
	Note   bool // nothing that has to be wrong, such as what a crash leaves behind
}

// String returns where it is, whose, and what, in a line.
func (p Problem) String() string {
	if p.Task.IsZero() {
		return fmt.Sprintf("%s: %s", p.Bucket, p.What)
	}
	return fmt.Sprintf("%s, task %s: %s", p.Bucket, p.Task, p.What)
}

// Checked is what a verification has looked at.
type Checked struct {
	Entries  uint64 `json:"entries"` // of all buckets
	Live     uint64 `json:"live"`    // tasks that have not ended
	Ended    uint64 `json:"ended"`
	Blobs    uint64 `json:"blobs"` // files of large payloads
	Problems uint64 `json:"problems"`
	Notes    uint64 `json:"notes"`
}

// Copied is how far a backup, a restore or a compaction is.
type Copied struct {
	Bytes int64 `json:"bytes"` // that are written
	Total int64 `json:"total"` // that there will be
}

// Compacted is what has become of a journal's file. Its sizes are up to the highest page
// that it has, which is where a reserve begins.
type Compacted struct {
	Before  int64 `json:"before"` // bytes
	After   int64 `json:"after"`
	PauseUS int64 `json:"pause_us"` // for how long commits had to wait, in microseconds
}

// BodySize returns how many bytes of a body are kept with the task: none with a
// member, which has its group's.
func (e *Entry) BodySize() int {
	first := &e.Records[0]
	if first.Kind != KindSubmit || e.Task.State.Ended() && !e.Task.BodyKept {
		return 0
	}
	return first.Size
}

// Item is one thing of a journal that is exported or imported: a task with all that
// belongs to it, a setting, or what is left of a task that was forgotten. Row is the
// thing as the journal has it, sealed.
type Item struct {
	Row []byte

	Entry      *Entry // of a task
	Body       []byte // nil if it has none, or it isn't kept
	Result     []byte
	Checkpoint []byte // with its record, as the journal has it

	Setting *Record

	Stone  *Tombstone
	GoneMS int64 // when the task was forgotten, Unix milliseconds
}
