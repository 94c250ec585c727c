package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"testing"
)

const mark = 0x1234_5678_9abc_def1

// region is a file that is a region from its beginning on.
type region []byte

func (r region) WriteAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > int64(len(r)) {
		return 0, io.ErrShortWrite
	}
	return copy(r[at:], p), nil
}

// entryOf is an entry with a content.
func entryOf(id ID, content []byte) []byte {
	entry := append(Begin(nil), content...)
	Seal(entry, id)
	return entry
}

// contentOf is the content of an entry, of so many bytes, which other entries don't have.
func contentOf(seq uint64, bytes int) []byte {
	content := make([]byte, bytes)
	for i := range content {
		content[i] = byte(seq)*31 + byte(i)*7 + byte(i>>8)
	}
	return content
}

// filling is how many bytes of content fill so many blocks.
func filling(blocks int) int { return blocks*BlockBytes - HeaderBytes }

// written is a log of a region, and what is to be read there.
type written struct {
	t      testing.TB
	region region
	log    Log
	last   ID
	done   ID
	want   []Entry // behind the one that is done
}

func newWritten(t testing.TB, size int) *written {
	t.Helper()
	log, err := New(0, int64(size))
	if err != nil {
		t.Fatal(err)
	}
	id := ID{Mark: mark}
	return &written{t: t, region: make(region, size), log: log, last: id, done: id}
}

// write writes an entry with so many bytes of content, and returns where it is.
func (w *written) write(bytes int) []byte {
	w.t.Helper()
	w.last.Seq++
	content := contentOf(w.last.Seq, bytes)
	entry := entryOf(w.last, content)
	if !w.log.Fits(len(entry)) {
		w.t.Fatalf("an entry of %d bytes doesn't fit", len(entry))
	}
	at := w.log.used
	if w.log.second {
		at += w.log.half
	}
	if err := w.log.Write(w.region, entry); err != nil {
		w.t.Fatal(err)
	}
	w.want = append(w.want, Entry{w.last.Seq, content})
	return w.region[at:][:len(entry)]
}

// settle takes in that all is done up to an entry.
func (w *written) settle(seq uint64) {
	for len(w.want) > 0 && w.want[0].Seq <= seq {
		w.want = w.want[1:]
	}
	w.done.Seq = seq
}

// check reads a region, in which is to be what was written, but for so many of the last.
func (w *written) check(what string, without int) {
	w.t.Helper()
	got, err := Read(w.region, w.done)
	if err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
	want := w.want[:len(w.want)-without]
	if !slices.EqualFunc(got, want, func(a, b Entry) bool { return a.Seq == b.Seq && bytes.Equal(a.Content, b.Content) }) {
		w.t.Fatalf("%s: %s; want %s", what, numbers(got), numbers(want))
	}
}

// checkDamaged reads a region in which an entry is damaged that is not the last.
func (w *written) checkDamaged(what string) {
	w.t.Helper()
	if got, err := Read(w.region, w.done); !errors.Is(err, ErrDamaged) || got != nil {
		w.t.Fatalf("%s: %s, %v", what, numbers(got), err)
	}
}

func numbers(entries []Entry) string {
	var seqs []uint64
	for _, e := range entries {
		seqs = append(seqs, e.Seq)
	}
	return fmt.Sprint("entries ", seqs)
}

// both halves of a region have entries of several sizes, and nothing is settled.
func bothHalves(t testing.TB) (w *written, entries [][]byte) {
	t.Helper()
	w = newWritten(t, 16*BlockBytes)
	for i, size := range []int{10, filling(1), 0, filling(2) + 1, 500, filling(1) - 1, 2} {
		if i == 4 {
			w.log.Turn()
		}
		entries = append(entries, w.write(size))
	}
	return w, entries
}

// What was written to both halves is read, in order, up to any that is done.
func TestRead(t *testing.T) {
	w, _ := bothHalves(t)
	w.check("all", 0)
	for seq := range w.last.Seq + 1 {
		w.settle(seq)
		w.check(fmt.Sprint("behind ", seq), 0)
	}
}

// The contents that are read are in the region, and nobody who appends to one changes the
// next.
func TestReadCopiesNothing(t *testing.T) {
	w, _ := bothHalves(t)
	entries, err := Read(w.region, w.done)
	if err != nil {
		t.Fatal(err)
	}
	_ = append(entries[0].Content, make([]byte, 2*BlockBytes)...)
	w.check("after an append", 0)
}

// An entry that was cut off at any byte, over whatever was there before, is left out.
func TestReadWithoutCutEntry(t *testing.T) {
	for name, before := range map[string]func(w *written){
		"nothing": func(*written) {},
		"older entries": func(w *written) {
			for range 8 {
				w.write(filling(1))
			}
			w.log.Turn()
			w.settle(w.last.Seq)
			w.write(3)
			w.log.Turn()
			w.settle(w.last.Seq)
		},
		"a longer one": func(w *written) {
			w.write(filling(8))
			w.log.Turn()
			w.write(1)
			w.log.Turn()
			w.settle(w.last.Seq)
		},
	} {
		w := newWritten(t, 16*BlockBytes)
		before(w)
		w.write(100)
		under := slices.Clone(w.region)
		entry := w.write(filling(2) + 7)
		whole := slices.Clone(entry)
		old := under[cap(under)-cap(entry):][:len(entry)]
		for n := range whole {
			copy(entry, whole[:n])
			copy(entry[n:], old[n:])
			w.check(fmt.Sprintf("cut to %d bytes over %s", n, name), 1)
		}
		for blocks := range 7 { // any of the three of them, but for all
			for b := range 3 {
				from, to := b*BlockBytes, min((b+1)*BlockBytes, len(entry))
				copy(entry[from:to], old[from:to])
				if blocks&(1<<b) != 0 {
					copy(entry[from:to], whole[from:to])
				}
			}
			w.check(fmt.Sprintf("with blocks %03b over %s", blocks, name), 1)
		}
		copy(entry, whole)
		w.check("whole over "+name, 0)
	}
}

// A byte that is wrong in any entry but the last is told; in the last it isn't told from
// one that was cut off; and what is behind an entry in its last block is no matter.
func TestReadFindsDamage(t *testing.T) {
	w, entries := bothHalves(t)
	last := len(entries) - 1
	for n, entry := range entries[:last] {
		for at := range entry {
			entry[at] ^= byte(1 << (at % 8))
			w.checkDamaged(fmt.Sprintf("byte %d of entry %d", at, n+1))
			entry[at] ^= byte(1 << (at % 8))
		}
		block := entry[:blocks(len(entry))]
		for at := len(entry); at < len(block); at += 61 {
			block[at] ^= 0x40
			w.check("byte behind an entry", 0)
			block[at] ^= 0x40
		}
	}
	for at := range entries[last] {
		entries[last][at] ^= 0x10
		w.check("byte of the last", 1)
		entries[last][at] ^= 0x10
	}
	w.check("mended", 0)
}

// Whole entries that are lost are damage, but for the last: a write that never arrived.
func TestReadFindsWhatIsMissing(t *testing.T) {
	w, entries := bothHalves(t)
	last := len(entries) - 1
	for n, entry := range entries {
		kept := slices.Clone(entry)
		clear(entry)
		if n < last {
			w.checkDamaged(fmt.Sprint("entry ", n+1))
		} else {
			w.check("the last entry", 1)
		}
		copy(entry, kept)
	}
	w.settle(3) // then these are no loss, and 4 is
	clear(entries[3])
	w.checkDamaged("the first that is not done")
}

// Entries of another opening are not taken, whatever their numbers are.
func TestReadTakesItsMarkAlone(t *testing.T) {
	w, _ := bothHalves(t)
	for _, done := range []ID{{}, {Mark: mark + 1}, {Mark: mark + 1, Seq: 3}, {Mark: 1, Seq: 1 << 60}} {
		if got, err := Read(w.region, done); len(got) > 0 || err != nil {
			t.Errorf("behind %+v: %s, %v", done, numbers(got), err)
		}
	}
	w.last.Mark++ // another opening goes on with the numbers, from the first half on
	w.settle(w.last.Seq)
	w.done.Mark = w.last.Mark
	w.log = Log{half: w.log.half}
	w.check("before the first", 0)
	for range 3 {
		w.write(5)
		w.check("among others", 0)
	}
}

// What a client has put into a content is not taken for an entry, at whichever place it
// stands and whatever number it has; also where its own entry is not whole.
func TestReadTakesNoContent(t *testing.T) {
	for _, seq := range []uint64{0, 1, 2, 3, 4, 5, 1 << 40, 1<<64 - 1} {
		for _, forged := range []uint64{0, 1, mark ^ 1} {
			w := newWritten(t, 16*BlockBytes)
			w.write(1)
			entry := w.write(filling(4))
			for at := 0; at < len(entry); at += BlockBytes {
				copy(entry[max(at, HeaderBytes):], entryOf(ID{Mark: forged, Seq: seq + uint64(at/BlockBytes)}, contentOf(9, 99)))
			}
			Seal(entry, w.last)
			w.want[1].Content = slices.Clone(entry[HeaderBytes:])
			w.check("forged entries in a whole one", 0)
			next := w.write(7)
			w.check("with one behind", 0)
			clear(next)
			clear(entry[:HeaderBytes])
			w.check("forged entries in one that is not whole", 2)
		}
		w := newWritten(t, 16*BlockBytes)
		entry := w.write(filling(3))
		copy(entry[BlockBytes:], entryOf(ID{Mark: mark, Seq: seq}, nil)) // of somebody who has read the file
		Seal(entry, w.last)
		w.want[0].Content = slices.Clone(entry[HeaderBytes:])
		w.check("an entry of the same mark in a whole one", 0)
	}
}

// A length that leads out of the half makes no entry.
func TestReadRefusesLengths(t *testing.T) {
	for _, length := range []uint32{uint32(filling(4)) + 1, uint32(filling(8)), 1 << 30, 1<<32 - 1} {
		for _, second := range []bool{false, true} {
			w := newWritten(t, 8*BlockBytes)
			w.write(1)
			if second {
				w.log.Turn()
			}
			entry := w.write(filling(3))
			binary.BigEndian.PutUint32(entry[4:], length)
			binary.BigEndian.PutUint32(entry[28:], crc32.Checksum(entry[:28], castagnoli))
			w.check(fmt.Sprintf("%d bytes", length), 1)
		}
	}
}

// A log uses what of a region is an even number of blocks.
func TestSizes(t *testing.T) {
	for _, size := range []int64{-1, 0, 1, BlockBytes, MinBytes - 1} {
		if _, err := New(0, size); err == nil {
			t.Errorf("a log of %d bytes", size)
		}
		if got, err := Read(make([]byte, max(size, 0)), ID{Mark: mark}); len(got) > 0 || err != nil {
			t.Errorf("read in %d bytes: %s, %v", size, numbers(got), err)
		}
	}
	if _, err := New(1, MinBytes); err == nil {
		t.Error("a log that begins within a block")
	}
	for _, size := range []int{MinBytes, MinBytes + 1, MinBytes + BlockBytes, 4*BlockBytes - 1, 7*BlockBytes + 9} {
		w := newWritten(t, size)
		half := size / (2 * BlockBytes)
		for range 3 { // an entry fills each half, to its last byte
			if w.log.Fits(filling(half) + HeaderBytes + 1) {
				t.Errorf("an entry of more than half of %d bytes fits", size)
			}
			w.write(filling(half))
			if w.log.Fits(HeaderBytes) {
				t.Errorf("another entry fits into %d bytes", size)
			}
			w.check(fmt.Sprintf("in %d bytes", size), 0)
			w.log.Turn()
			w.settle(w.last.Seq)
		}
		if rest := w.region[2*half*BlockBytes:]; len(bytes.Trim(rest, "\x00")) > 0 {
			t.Errorf("of %d bytes the last are written", size)
		}
	}
	if fits := new(Log).Fits(HeaderBytes); fits {
		t.Error("an entry fits nowhere")
	}
}

// A region that doesn't begin with its file is written where it is.
func TestWriteWithinAFile(t *testing.T) {
	const from = 3 * BlockBytes
	file := make(region, from+MinBytes+BlockBytes)
	log, err := New(from, MinBytes)
	if err != nil {
		t.Fatal(err)
	}
	for seq := range uint64(2) {
		if err := log.Write(file, entryOf(ID{mark, seq + 1}, contentOf(seq, filling(1)))); err != nil {
			t.Fatal(err)
		}
		log.Turn()
	}
	if len(bytes.Trim(file[:from], "\x00"))+len(bytes.Trim(file[from+MinBytes:], "\x00")) > 0 {
		t.Error("something is written outside of the region")
	}
	if got, err := Read(file[from:][:MinBytes], ID{Mark: mark}); len(got) != 2 || err != nil {
		t.Errorf("%s, %v", numbers(got), err)
	}
}

// A write that fails takes no room: the next one is in its place.
func TestWriteFails(t *testing.T) {
	w := newWritten(t, MinBytes)
	if err := w.log.Write(make(region, 0), entryOf(ID{mark, 1}, nil)); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a write to nowhere: %v", err)
	}
	w.write(filling(1))
	w.check("after a write that failed", 0)
}
