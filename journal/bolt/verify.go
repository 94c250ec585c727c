package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/oklog/ulid/v2"

	"bcp/journal"
	"bcp/journal/bolt/tree"
	"bcp/migrations"
)

// VerifyFile verifies the whole journal at path: every page, every seal, every index against
// the rows, the counters and sums, and the files of large payloads. No broker may have the
// journal open meanwhile. Nothing is changed. Found is called with each problem, and progress
// with how far it is; either may be nil. An error says that the verification could not be
// done, and wraps the same errors as that of OpenReadOnly.
func VerifyFile(ctx context.Context, path string, o Options, found func(journal.Problem), progress func(journal.Checked)) (journal.Checked, error) {
	v := newVerifier(ctx, found, progress)
	err := v.file(path, BlobFolder(path), o)
	return v.checked, err
}

// file looks at everything in a journal whose large payloads are in the folder.
func (v *verifier) file(path, folder string, o Options) error {
	defer v.tellAll()
	a, err := openAtRest(path, o, v.damagedFile)
	if err != nil {
		return err
	}
	defer a.close()
	a.blobs = folder
	v.source = a
	if err := v.sideBySide(a.image); err != nil {
		return err
	}
	v.pages(a.image)
	v.totals(a.image)
	v.strayBlobs(a.image, a.log.blobs())
	v.behind(a)
	v.oldCopy(path)
	return nil
}

// Verify implements journal.Keeper. It verifies every row, seal and index, and the large
// payloads, while the journal is in use. It does so in small steps, each in a read
// transaction of its own, and rests half of the time. Counters, sums and free pages can only
// be verified for the whole file at one moment: for these, use VerifyFile on a backup.
func (s *Store) Verify(ctx context.Context, found func(journal.Problem), progress func(journal.Checked)) (journal.Checked, error) {
	if err := s.catchUp(); err != nil {
		return journal.Checked{}, err
	}
	v := newVerifier(ctx, found, progress)
	v.source, v.pace.rests = inUse{s}, true
	err := v.inSteps()
	return v.checked, err
}

// verifier is a verification under way.
type verifier struct {
	ctx      context.Context
	source   source
	image    *image // of the step
	found    func(journal.Problem)
	progress func(journal.Checked)
	pace     pacer
	lookers  int           // that look at a file at the same time
	unread   []payloadFile // to which the step has come
	seen
}

// seen is what has been seen of a journal, or of a part of it.
type seen struct {
	checked journal.Checked
	counted map[string]uint64 // entries by bucket
	sums    migrations.Sums
	last    journal.ID        // highest of a task
	late    uint64            // tasks that ended late and are not forgotten
	untold  []journal.Problem // of what is read in a transaction, nobody is told before its end
}

func newSeen() seen { return seen{counted: make(map[string]uint64)} }

// join adds what has been seen of another part, which comes behind it.
func (s *seen) join(o *seen) {
	s.checked.Entries += o.checked.Entries
	s.checked.Live += o.checked.Live
	s.checked.Ended += o.checked.Ended
	s.checked.Blobs += o.checked.Blobs
	s.checked.Problems += o.checked.Problems
	s.checked.Notes += o.checked.Notes
	for bucket, n := range o.counted {
		s.counted[bucket] += n
	}
	for at, sum := range o.sums {
		s.sums[at] += sum
	}
	if o.last.Compare(s.last) > 0 {
		s.last = o.last
	}
	s.late += o.late
	s.untold = append(s.untold, o.untold...)
}

func newVerifier(ctx context.Context, found func(journal.Problem), progress func(journal.Checked)) *verifier {
	if found == nil {
		found = func(journal.Problem) {}
	}
	if progress == nil {
		progress = func(journal.Checked) {}
	}
	return &verifier{ctx: ctx, found: found, progress: progress, lookers: usualLookers(), seen: newSeen()}
}

func (v *verifier) tell(p journal.Problem) {
	if p.Note {
		v.checked.Notes++
	} else {
		v.checked.Problems++
	}
	v.untold = append(v.untold, p)
}

// tellAll tells what has been found, and how far it is.
func (v *verifier) tellAll() {
	for _, p := range v.untold {
		v.found(p)
	}
	v.untold = v.untold[:0]
	v.progress(v.checked)
}

func (v *verifier) problem(bucket string, id journal.ID, format string, args ...any) {
	v.tell(journal.Problem{Bucket: bucket, Task: id, What: fmt.Sprintf(format, args...)})
}

func (v *verifier) note(bucket, format string, args ...any) {
	v.tell(journal.Problem{Bucket: bucket, What: fmt.Sprintf(format, args...), Note: true})
}

func (v *verifier) damagedFile(err error) { v.problem(fileProblem, journal.ID{}, "%v", err) }

// fileProblem is where a problem is that is of the file and no bucket.
const fileProblem = "file"

// inSteps looks at the entries of every bucket, in small steps.
func (v *verifier) inSteps() error {
	damaged := once(v.damagedFile)
	for _, name := range migrations.Summed {
		for from, more := []byte(nil), true; more; {
			err := v.source.keeping(func() (err error) {
				from, err = v.step(name, from, damaged)
				return andThen(err, v.readFiles)
			})
			if v.tellAll(); err != nil {
				return err
			}
			more = from != nil
		}
	}
	return nil
}

// step looks at entries of a bucket from a key on, and returns where to go on; nil if that was
// all.
func (v *verifier) step(bucket string, from []byte, damaged func(error)) (next []byte, err error) {
	err = v.pace.run(v.ctx, func() error {
		return v.source.look(func(i *image) error {
			v.image = i
			next = i.walk(bucket, from, stepEntries, damaged, func(key, value []byte) { v.entry(bucket, key, value) })
			return nil
		})
	})
	return next, err
}

func (v *verifier) entry(bucket string, key, value []byte) {
	v.counted[bucket]++
	v.sums[sumAt[bucket]] += migrations.SumOf(key, value)
	v.checked.Entries++
	if err := v.check(bucket, key, value); err != nil {
		v.problem(bucket, taskOf(bucket, key), "%v", err)
	}
}

// taskOf is the task that a key is of, zero if it is of none.
func taskOf(bucket string, key []byte) (id journal.ID) {
	switch bucket {
	case migrations.Late, migrations.LateResults:
		h, _ := hintOf(key)
		return h.id
	}
	if len(key) == idBytes {
		copy(id[:], key)
	}
	return id
}

// pages tells which pages are neither in use nor free, or both.
func (v *verifier) pages(i *image) {
	if err := i.file.Free(i.marks); err != nil {
		v.damagedFile(err)
	}
	for _, name := range []string{migrations.Meta, migrations.Log} {
		if b := i.buckets[name]; b != nil {
			if err := b.Leaves(tree.Walk{Marks: i.marks}, func(*tree.Leaf) (bool, error) { return true, nil }); err != nil {
				v.damagedFile(err)
			}
		}
	}
	if id, missing := i.marks.Missing(); missing && i.file.HasFreelist() && v.checked.Problems == 0 {
		v.note(fileProblem, "page %d, and perhaps more, is neither in use nor free: compact the journal to get it back", id)
	}
}

// behind tells what the log has that is not looked at.
func (v *verifier) behind(a *atRest) {
	n := a.log.entries
	if n == 0 {
		return
	}
	commits := "1 commit is"
	if n > 1 {
		commits = fmt.Sprintf("%d commits are", n)
	}
	v.note(migrations.Log, "%s in the log alone, as a crash leaves it: not counted here, the next opening brings it into the tables", commits)
}

// oldCopy names what a compaction of an older build may have left that was killed: no opening removes it,
// for users give such names as well.
func (v *verifier) oldCopy(path string) {
	if place, err := filepath.EvalSymlinks(path); err == nil && isThere(place+oldCopySuffix) {
		v.note(fileProblem, "%s is none of the journal's: a compaction of an older build may have left it; unless somebody wants it, remove it", place+oldCopySuffix)
	}
}

// totals holds counters and sums against what has been seen.
func (v *verifier) totals(i *image) {
	for _, name := range buckets {
		if i.buckets[string(name)] == nil {
			v.problem(string(name), journal.ID{}, "the bucket is missing")
		}
	}
	if err := i.compare(&v.sums, migrations.Journal.Current(), func(string) bool { return true }); err != nil {
		v.problem(migrations.Meta, journal.ID{}, "%v", err)
	}
	c, err := decodeCounters(i.meta[string(keyCounters)])
	if err != nil {
		v.problem(migrations.Meta, journal.ID{}, "%v", err)
		return
	}
	for _, n := range []struct {
		what, bucket     string
		counted, counter uint64
	}{
		{"tasks that have ended", string(bucketDone), v.counted[string(bucketDone)] + v.late, c.ended},
		{"entries", migrations.Ends, v.counted[migrations.Ends], c.ends},
		{"entries", migrations.Due, v.counted[migrations.Due], c.due},
		{"tombstones", migrations.Gone, v.counted[migrations.Gone], c.gone},
		{"entries", migrations.Ages, v.counted[migrations.Ages], c.gone},
	} {
		if n.counter != n.counted {
			v.problem(n.bucket, journal.ID{}, "it has %d %s, and the journal counts %d", n.counted, n.what, n.counter)
		}
	}
	if v.last.Compare(c.last) > 0 {
		v.problem(migrations.Meta, v.last, "its ID is above %s, the last that was given", c.last)
	}
}

// strayBlobs names the files that nothing refers to, in the tables or in the log.
func (v *verifier) strayBlobs(i *image, logged map[journal.ID]bool) {
	entries, err := os.ReadDir(v.source.folder())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.problem(migrations.Blobs, journal.ID{}, "%v", err)
	}
	for _, entry := range entries {
		if isSpare(entry.Name()) {
			v.note(migrations.Blobs, "file %s waits to be written over: the next start of the broker removes it", entry.Name())
			continue
		}
		id, err := ulid.ParseStrict(entry.Name())
		if err != nil {
			v.note(migrations.Blobs, "file %s is none of the journal's", entry.Name())
			continue
		}
		if _, used, err := i.get(bucketBlobs, id[:]); !used && err == nil && !logged[id] {
			v.note(migrations.Blobs, "nothing refers to file %s: the next start of the broker removes it", entry.Name())
		}
	}
}
