package bolt

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// When one of very many live tasks ends, four pages are written anew, and the branches above
// them: those from which its row and its body are deleted, and those to which its new row and
// its result go. Tasks that end in the same commit share few of these pages, unless their IDs
// lie side by side. So such a task ends late: what is new is written in the order of ends,
// which all tasks of the commit share, and what was there, its base, stays for now. Later it
// is folded: its base and its body are deleted, together with those of others close by.
//
//	end -->  late:        seq, ID -> row       a row over that in state, which is its base
//	         lateresults: seq, ID -> result
//	         unfolded:    seq     -> IDs       of this commit, in order
//
//	fold --> places:      ID -> seq            so many in order of ID, that lie close
//	         state, open: the base is deleted, and the body
//
// The sweep folds tasks in order of ID, round and round, so that each page that it comes to
// has several of them. Where the row of a task is that is not folded yet is kept in memory, as
// a hint. There are about as many hints as live tasks at most. When the file is opened they
// are read from unfolded. That has the tasks of up to two rounds of the sweep, folded or not,
// and so gives up to four times as many hints, until the sweep has come round.
//
// Invariants:
//
//   - A task that ended late is in late until it is forgotten. It is found there by its base and
//     a hint, or by its entry in places.
//   - Hints are only hints: a task has ended late if late has it at the hint's place, in the
//     transaction that asks. Each such task has a hint as long as any transaction that needs
//     one is open.
//   - If a task is forgotten before it is folded, it has an empty row in late until then.
//   - A task in unfolded that has a base has a row in late. So if a damaged page of late has
//     lost the row, the task does not run again. That is told.
//   - An entry of unfolded is deleted only when its tasks are folded. Tasks that can't be folded
//     because of damage stay. The sweep passes by them until the next opening.

const (
	// lateMin is how many live tasks there have to be for a task to end late: fewer have only
	// few pages, which commits share anyway. lateWait is how many tasks may always wait to be
	// folded.
	lateMin  = 256
	lateWait = 4096

	// lateBodyMax bounds, in bytes, the body of a task that ends late, because the body stays
	// until the task is folded. Few larger ones share a page, and many would fill the disk.
	lateBodyMax = 1 << 10

	// lateParts says how many of very many tasks may wait to be folded: this part of all that
	// have a base, so as many as are live. The more wait, the more of them share a page, but
	// the more memory their hints take.
	lateParts = 2

	// foldStep is how many tasks are folded together, at least, so that the branches are
	// written once for all of them.
	foldStep = 512

	// foldMore bounds how many tasks one commit folds: so many times as many as end late in
	// it. Otherwise it might fold very many at once, when the limit falls.
	foldMore = 4

	// roundMax bounds how many tasks end during one round of the sweep, as a multiple of how
	// many may wait. Entries of unfolded are deleted after a round, so it has the tasks of two
	// rounds at most, even if the broker never runs long enough for a whole one.
	roundMax = 2

	// chunkMax is how many IDs an entry of unfolded has at most: half a page of them.
	chunkMax = 128

	// trimMax bounds the entries of unfolded that one commit deletes.
	trimMax = 64

	// foldedMax is how many hints are kept for readers that may need them: then a commit
	// waits until there are none.
	foldedMax = 1 << 16
)

// lateness is when tasks end late: tests alone choose it.
type lateness struct {
	min, wait, step int
	parts           int  // 0 for no part: only wait counts
	lone            bool // only those that are
}

var (
	usualLateness = lateness{lateMin, lateWait, foldStep, lateParts, true}
	fewLateness   = lateness{wait: 3, step: 2, parts: 4} // of Options.Late
)

// late is what a store remembers of the tasks that ended late.
type late struct {
	lateness
	hints hints

	// A reader holds views, so that the hints stay that it may need.
	views sync.RWMutex

	// Of who holds Store.settling; but tight is read by anybody.
	next   uint64      // sequence number of the next end
	found  uint64      // that when the file was opened, for good
	rows   int         // entries of state
	ended  []ends      // in the transaction that is written, in order
	gone   hints       // of tasks that are forgotten, and not folded yet
	stuck  hints       // that the sweep has passed by: damage keeps them from being folded
	swept  journal.ID  // how far the sweep is
	from   uint64      // where the sequence was when this round began
	oldest uint64      // likewise of the round before; of a file just opened the first of unfolded
	trim   uint64      // what of unfolded is below has been folded, but for what is stuck
	kept   uint64      // of what is below nothing is left that can be deleted
	tight  atomic.Bool // the disk is: no task ends late, and none is folded
	folded []hint      // that can go when no reader needs them
}

// placeBytes is the length of a key in late.
const placeBytes = 8 + idBytes

// place is a key of late and lateresults.
func (h hint) place() []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, placeBytes), h.seq), h.id[:]...)
}

// hintOf is the place that a key of late is.
func hintOf(key []byte) (h hint, err error) {
	if len(key) != placeBytes {
		return h, fmt.Errorf("%w: a place has %d bytes", journal.ErrCorrupt, len(key))
	}
	h.seq = binary.BigEndian.Uint64(key)
	copy(h.id[:], key[8:])
	return h, nil
}

// sealSeq is the entry of a task in places.
func sealSeq(h hint) []byte {
	return journal.AppendBlob(nil, h.id, binary.BigEndian.AppendUint64(nil, h.seq))
}

func openSeq(id journal.ID, sealed []byte) (h hint, err error) {
	content, err := journal.OpenBlob(id, sealed)
	if err == nil && len(content) != 8 {
		err = fmt.Errorf("%w: place of task %s has %d bytes", journal.ErrCorrupt, id, len(content))
	}
	if err != nil {
		return h, err
	}
	return hint{id, binary.BigEndian.Uint64(content)}, nil
}

// chunkID is what the IDs under a sequence number are sealed for.
func chunkID(seq uint64) (id journal.ID) {
	binary.BigEndian.PutUint64(id[8:], seq)
	return id
}

// chunkKey is the key of an entry of unfolded.
func chunkKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func seqOf(key []byte) uint64 { return binary.BigEndian.Uint64(key) }

// sealChunk is the entry of unfolded for hints in the order of their numbers, of which the
// first isn't below seq. In the place of one that is left out is no ID.
func sealChunk(seq uint64, all []hint) []byte {
	content := make([]byte, (all[len(all)-1].seq+1-seq)*idBytes)
	for _, h := range all {
		copy(content[(h.seq-seq)*idBytes:], h.id[:])
	}
	return journal.AppendBlob(nil, chunkID(seq), content)
}

// openChunk returns the hints of an entry of unfolded.
func openChunk(key, sealed []byte) ([]hint, error) {
	if len(key) != 8 {
		return nil, fmt.Errorf("%w: a key of unfolded has %d bytes", journal.ErrCorrupt, len(key))
	}
	seq := seqOf(key)
	content, err := journal.OpenBlob(chunkID(seq), sealed)
	if err == nil && len(content)%idBytes != 0 {
		err = fmt.Errorf("%w: %d bytes of IDs", journal.ErrCorrupt, len(content))
	}
	if err != nil {
		return nil, fmt.Errorf("unfolded from %d: %w", seq, err)
	}
	all := make([]hint, 0, len(content)/idBytes)
	for ; len(content) > 0; content = content[idBytes:] {
		if id := journal.ID(content[:idBytes]); !id.IsZero() {
			all = append(all, hint{id, seq})
		}
		seq++
	}
	return all, nil
}

// loadLate reads which tasks may not be folded yet.
func (s *Store) loadLate() error {
	l := &s.late
	return s.read(func(tx *bbolt.Tx) error {
		var all []hint
		err := tx.Bucket(bucketUnfolded).ForEach(func(key, sealed []byte) error {
			some, err := openChunk(key, sealed)
			all = append(all, some...)
			return err
		})
		if err != nil {
			return err
		}
		damage := looked(tx, func() error {
			if last, _ := tx.Bucket(bucketLate).Cursor().Last(); len(last) == placeBytes {
				l.next = seqOf(last) + 1
			}
			return nil
		})
		if !journal.Passable(damage) {
			return damage
		}
		s.pruned.add(0, damage) // what ends later is written in front of that page
		l.oldest = l.next
		if n := len(all); n > 0 {
			l.oldest, l.next = all[0].seq, max(l.next, all[n-1].seq+1)
		}
		l.from, l.found = l.next, l.next
		l.hints.fill(all)
		return nil
	})
}

// limit is how many may wait to be folded.
func (l *late) limit() int {
	if l.parts == 0 {
		return l.wait
	}
	return max(l.wait, l.rows/l.parts)
}

// unfolded is how many are not folded at most: of some that an opening has found only the
// sweep knows that they are.
func (l *late) unfolded() int { return l.hints.len() - len(l.folded) }

// waiting is how many of them wait to be folded.
func (l *late) waiting() int { return l.unfolded() - l.stuck.len() }

// Unfolded returns how many tasks that ended late wait to be folded (see the top of the
// file), without those that can't be folded because of damage.
func (s *Store) Unfolded() int {
	s.settling.Lock()
	defer s.settling.Unlock()
	return s.late.waiting()
}

// drains tells whether so few tasks are live that no more end late. Then all are folded
// that wait: what bases and bodies they leave in the file is soon gone.
func (l *late) drains() bool { return max(l.rows-l.unfolded(), 0) < l.min/2 }

// sweeps tells whether the round of the sweep has to come to its end.
func (l *late) sweeps() bool {
	most := uint64(roundMax * l.limit())
	long := l.next-l.from > most || l.next-l.oldest > 2*most
	return !l.tight.Load() && (long || l.waiting() > 0 && l.drains())
}

// turn begins another round of the sweep.
func (l *late) turn() {
	l.trim, l.oldest, l.from = l.from, l.from, l.next
	l.swept = journal.ID{}
}

// forgetFolded lets go of the hints that no reader needs any more. If there are
// readers, that is for after a later commit, as a rule.
func (l *late) forgetFolded() {
	switch {
	case len(l.folded) == 0:
		return
	case len(l.folded) >= foldedMax:
		l.views.Lock()
	case !l.views.TryLock():
		return
	}
	defer l.views.Unlock()
	l.drop(l.folded...)
	l.folded = slices.Delete(l.folded, 0, len(l.folded))
}

// drop lets go of what is remembered of tasks that are folded.
func (l *late) drop(folded ...hint) {
	l.hints.drop(folded...)
	l.gone.drop(folded...)
	l.stuck.drop(folded...)
}
