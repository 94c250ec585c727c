package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"bcp/journal"
	"bcp/migrations"
)

// exportBytes is how many bytes of tasks with their payloads one step gathers, about:
// a step ends with the task that goes beyond it.
const exportBytes = 8 << 20

// FileExport exports a journal that no broker has open.
type FileExport struct {
	from *atRest
	left func(journal.Problem)
}

// OpenExport opens the journal at path for an export, and locks it against brokers until
// Close. Damaged items are left out: left is called with each, now and during the export.
func OpenExport(path string, o Options, left func(journal.Problem)) (*FileExport, error) {
	x := &exporter{left: left}
	a, err := openAtRest(path, o, x.damaged)
	if err == nil && a.log.entries > 0 {
		x.without = x.without[:0] // told by the next opening
		a, err = a.openAgain(path, o, x.damaged)
	}
	if err == nil && a.hints != nil {
		x.damaged(a.hints)
	}
	if x.tellLeft(); err != nil {
		return nil, err
	}
	return &FileExport{from: a, left: left}, nil
}

// Broker returns the journal's identity.
func (f *FileExport) Broker() (id [16]byte) {
	copy(id[:], f.from.image.meta[migrations.BrokerKey])
	return id
}

// Export calls emit with everything in the journal: first settings, then tasks in order of
// ID, then tombstones, the oldest first. If want is not nil, it exports only the tasks that
// want accepts, and neither settings nor tombstones.
func (f *FileExport) Export(ctx context.Context, want func(*journal.Entry) bool, emit func(journal.Item) error) error {
	return newExporter(ctx, f.from, want, emit, f.left).all()
}

// Close closes the file and unlocks it.
func (f *FileExport) Close() error { return f.from.close() }

// Export implements journal.Keeper. It exports a journal in use as FileExport.Export does one
// at rest. Each task is as of one moment, but different tasks are as of different moments: who
// needs all as of the same moment exports a backup.
func (s *Store) Export(ctx context.Context, want func(*journal.Entry) bool, emit func(journal.Item) error, left func(journal.Problem)) error {
	if err := s.catchUp(); err != nil {
		return err
	}
	return newExporter(ctx, inUse{s}, want, emit, left).all()
}

// exporter is an export under way.
type exporter struct {
	ctx    context.Context
	source source
	want   func(*journal.Entry) bool
	emit   func(journal.Item) error
	left   func(journal.Problem)
	page   func(error) // is told what is wrong with one

	items   []journal.Item // of one step
	bytes   int
	without []journal.Problem // likewise, what is left out
}

func newExporter(ctx context.Context, from source, want func(*journal.Entry) bool, emit func(journal.Item) error, left func(journal.Problem)) *exporter {
	x := &exporter{ctx: ctx, source: from, want: want, emit: emit, left: left}
	x.page = once(x.damaged)
	return x
}

func (x *exporter) damaged(err error) { x.leave(fileProblem, journal.ID{}, err) }

func (x *exporter) leave(bucket string, id journal.ID, err error) {
	x.without = append(x.without, journal.Problem{Bucket: bucket, Task: id, What: err.Error()})
}

// tellLeft tells what has been left out so far.
func (x *exporter) tellLeft() {
	for _, p := range x.without {
		x.left(p)
	}
	x.without = x.without[:0]
}

func (x *exporter) all() error {
	if x.want != nil {
		return x.steps(x.tasks)
	}
	x.want = func(*journal.Entry) bool { return true }
	return andThen(x.steps(x.settings), func() error { return x.steps(x.tasks) }, func() error { return x.steps(x.stones) })
}

// steps takes step after step, and emits what each has gathered.
func (x *exporter) steps(step func(i *image, from []byte) (next []byte)) error {
	for from, more := []byte(nil), true; more; more = from != nil {
		x.items, x.bytes = x.items[:0], 0
		err := andThen(x.ctx.Err(), func() error {
			return x.source.keeping(func() error {
				return x.source.look(func(i *image) error { from = step(i, from); return nil })
			})
		})
		if x.tellLeft(); err != nil {
			return err
		}
		for _, item := range x.items {
			if err := andThen(x.ctx.Err(), func() error { return x.emit(item) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *exporter) settings(i *image, from []byte) []byte {
	return i.walkSome(migrations.Settings, from, math.MaxInt, x.page, func(name, row []byte) {
		r, err := journal.DecodeSetting(string(name), row)
		if err != nil {
			x.leave(migrations.Settings, journal.ID{}, err)
			return
		}
		x.items = append(x.items, journal.Item{Row: row, Setting: &r})
	})
}

func (x *exporter) stones(i *image, from []byte) []byte {
	return i.walkSome(migrations.Ages, from, stepEntries, x.page, func(key, _ []byte) {
		at, err := stampOf(bucketAges, key)
		if err != nil {
			x.leave(migrations.Ages, journal.ID{}, err)
			return
		}
		since, id := at.Split()
		sealed, found, err := i.getBehind(bucketGone, id[:])
		if err == nil && !found {
			err = errors.New("its tombstone is missing")
		}
		var stone journal.Tombstone
		if err == nil {
			stone, err = journal.OpenTombstone(id, sealed)
		}
		if err != nil {
			x.leave(migrations.Gone, id, err)
			return
		}
		x.items = append(x.items, journal.Item{Row: sealed, Stone: &stone, GoneMS: since})
	})
}

// rowAt is a task's row, and the bucket that has it.
type rowAt struct {
	bucket   string
	key, row []byte
	late     hint // where it is, if it ended late
}

// now is the row that counts of one that was found: that over a base, or in the place
// that an entry of places tells. False if there is none: then the task is forgotten, or
// what is wrong is told.
func (x *exporter) now(i *image, r rowAt) (rowAt, bool) {
	id, err := idOf(r.key)
	if err != nil || r.bucket == string(bucketDone) {
		return r, true // a wrong key is told with what the row is
	}
	l, err := i.over(id)
	if r.bucket == migrations.Places && err == nil {
		l, err = i.ended(id)
	}
	switch {
	case err != nil:
		x.leave(r.bucket, id, err)
		return r, false
	case l.row == nil:
		return r, true
	}
	return rowAt{migrations.Late, r.key, l.row, l.hint}, !journal.IsEmptySeal(l.row)
}

// tasks gathers live and ended ones in the order of their IDs: in one step each task
// is in one of the buckets, so that none is missed or comes twice.
func (x *exporter) tasks(i *image, from []byte) (next []byte) {
	var rows []rowAt
	ends := make([][]byte, 0, 3)
	for _, bucket := range []string{string(bucketState), string(bucketDone), migrations.Places} {
		end := i.walkSome(bucket, from, stepEntries, x.page, func(key, row []byte) {
			rows = append(rows, rowAt{bucket: bucket, key: key, row: row})
		})
		if end != nil {
			ends = append(ends, end)
		}
	}
	slices.SortFunc(rows, func(a, b rowAt) int { return bytes.Compare(a.key, b.key) })
	if len(ends) > 0 {
		next = slices.MinFunc(ends, bytes.Compare)
	}
	for _, r := range rows {
		if next != nil && bytes.Compare(r.key, next) >= 0 {
			break
		}
		if r, there := x.now(i, r); there {
			x.task(i, r)
		}
		if x.bytes > exportBytes {
			return append(slices.Clone(r.key), 0)
		}
	}
	return next
}

// task gathers a task with all that belongs to it, if that is whole.
func (x *exporter) task(i *image, r rowAt) {
	id, err := idOf(r.key)
	if err != nil {
		x.leave(r.bucket, journal.ID{}, err)
		return
	}
	e, err := journal.DecodeEntry(id, r.row)
	if err != nil {
		x.leave(r.bucket, id, err)
		return
	}
	if !x.want(&e) {
		return
	}
	item := journal.Item{Row: r.row, Entry: &e}
	item.Body, err = x.payload(i, bucketOpen, id[:], id, e.BodySize())
	if err == nil && e.Task.State.Ended() {
		item.Result, err = x.result(i, r.late, &e)
	}
	if err == nil && !e.Task.State.Ended() {
		item.Checkpoint, err = x.checkpoint(i, &e)
	}
	if err != nil {
		x.leave(r.bucket, id, err)
		return
	}
	x.bytes += len(item.Row) + len(item.Body) + len(item.Result)
	x.items = append(x.items, item)
}

func (x *exporter) checkpoint(i *image, e *journal.Entry) ([]byte, error) {
	kept, found, err := i.get(bucketCheckpoints, e.Task.ID[:])
	if err != nil || !found {
		return nil, err
	}
	if _, err := journal.OpenCheckpoint(e.Task.ID, kept); err != nil {
		return nil, err
	}
	return kept, e.AddCheckpoint(kept)
}

// result reads the result of a task, which may have ended late.
func (x *exporter) result(i *image, late hint, e *journal.Entry) ([]byte, error) {
	if late.id.IsZero() {
		return x.payload(i, bucketResult, e.Task.ID[:], e.Task.ID, e.Task.ResultSize)
	}
	return x.payload(i, bucketLateResults, late.place(), e.Task.ID, e.Task.ResultSize)
}

// payload reads a body or result of so many bytes.
func (x *exporter) payload(i *image, bucket, key []byte, id journal.ID, size int) (payload []byte, err error) {
	if size == 0 {
		return nil, nil
	}
	sealed, found, err := i.getBehind(bucket, key)
	if err == nil && !found {
		err = fmt.Errorf("%w: its %d bytes in bucket %s are missing", journal.ErrCorrupt, size, bucket)
	}
	var blob journal.Blob
	if err == nil {
		payload, blob, err = journal.OpenPayload(id, sealed)
	}
	if err == nil && !blob.IsZero() {
		files := blobs{folder: x.source.folder()}
		payload, err = files.read(blob)
	}
	return payload, err
}
