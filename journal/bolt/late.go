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

// A task that ends apart from all others, among many that have not, would have pages
// written anew that it has nearly to itself: one where its row is deleted, one where its
// body is, one each where its row and its result go, and the branches over them. Those
// that end in the same commit share few of these unless they lie side by side. So it ends
// late: what is new is written in the order of ends, and what was there stays for now.
//
//	end -->  late:        seq, ID -> row       a row over that in state, which is its base
//	         lateresults: seq, ID -> result
//	         unfolded:    seq     -> IDs       of this commit, in order
//
//	fold --> places:      ID -> seq            so many in order of ID, that lie close
//	         state, open: the base is deleted, and the body
//
// The sweep folds in order of ID, round and round: each page that it comes to has
// several of them. Where a task that is not folded yet stands is in memory, in hints: about
// as many as tasks are live at most. When the file is opened they are read from unfolded,
// which has those of up to two rounds of the sweep, folded or not: up to four times as many,
// until it has come round.
//
// Invariants:
//
//   - A task that ended late is in late until it is forgotten, and leads there by its
//     base and a hint, or by its entry in places.
//   - Hints are only hints: a task has ended late when late has it under the hint's
//     place, as of the transaction that asks. There is a hint for each such task of
//     every transaction that is open.
//   - A base that is forgotten has an empty row over it, until it is folded.
//   - A task of unfolded that has a base has a row over it. So one that a page of late has
//     lost is missed, and doesn't run again.
//   - What of unfolded is deleted has been folded. What damage keeps from that stays, and the
//     sweep comes to it once: it waits no more, until the next opening.

const (
	// lateMin is how many live tasks there are at least when one ends late: fewer have few
	// pages, which a commit writes together. lateWait is how many may wait to be folded
	// whatever there are.
	lateMin  = 256
	lateWait = 4096

	// lateBodyMax bounds the body of a task that ends late, which stays until it is
	// folded. Of larger ones few share a page, and many would take much of the disk.
	lateBodyMax = 1 << 10

	// lateParts says how many may wait to be folded among many: one part of all that have a
	// base, so as many as are live. The more wait, the more of them lie in a page, and the
	// more memory their hints take.
	lateParts = 2

	// foldStep is how many are folded together, at least: the branches are then written
	// once for all of them.
	foldStep = 512

	// foldMore bounds what one commit folds, by how much of it ends late: the limit
	// falls when tasks end that lie close.
	foldMore = 4

	// roundMax bounds the ends during one round of the sweep, in parts of how many may
	// wait: what of unfolded has been folded is deleted after a round. It has no more than
	// those of two rounds, also where no life of a broker is long enough for one.
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
	err := s.read(func(tx *bbolt.Tx) error {
		var all []hint
		err := tx.Bucket(bucketUnfolded).ForEach(func(key, sealed []byte) error {
			some, err := openChunk(key, sealed)
			all = append(all, some...)
			return err
		})
		if n := len(all); n > 0 {
			l.next = all[n-1].seq + 1
		}
		if last, _ := tx.Bucket(bucketLate).Cursor().Last(); len(last) == placeBytes {
			l.next = max(l.next, binary.BigEndian.Uint64(last)+1)
		}
		l.oldest = l.next
		if len(all) > 0 {
			l.oldest = all[0].seq
		}
		l.hints.fill(all)
		return err
	})
	l.from, l.found = l.next, l.next
	return err
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
