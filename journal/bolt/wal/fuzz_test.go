package wal

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"bcp/scripts/mutants"
)

// FuzzRead reads a region in which entries of any sort stand in any place, and bytes that
// are none: it never panics, tells of damage as such, and gives out nothing but whole
// entries, one number behind the other. An input is pieces: each has the block where it is,
// what it is (an entry that is sealed, or bytes as they are), its number, its length, and so
// many bytes.
func FuzzRead(f *testing.F) {
	seeds := [][]byte{
		pieces(piece{at: 0, seq: 3}, piece{at: 1, seq: 4}, piece{at: 8, seq: 5}),
		pieces(piece{at: 0, seq: 8, blocks: 2}, piece{at: 2, seq: 9}, piece{at: 8, seq: 6}, piece{at: 9, seq: 7, blocks: 7}),
		pieces(piece{at: 0, seq: 3}, piece{at: 2, seq: 5}, piece{at: 3, seq: 6, kind: 1}),
		pieces(piece{at: 0, seq: 3}, piece{at: 1, seq: 4, kind: 2}, piece{at: 2, seq: 5, blocks: 9}),
	}
	room := make([]byte, 17*BlockBytes-100)
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		region := room
		clear(region)
		putPieces(region, input)
		checkRead(t, region, ID{mark, 2})
		checkRead(t, region[:len(region)*2/3], ID{mark, 4})
	})
}

// piece is a part of an input.
type piece struct{ at, kind, seq, blocks, bytes byte }

const pieceBytes = 5

func pieces(all ...piece) (input []byte) {
	for _, p := range all {
		input = append(input, p.at, p.kind, p.seq, p.blocks, 4, 1, 2, 3, p.seq)
	}
	return input
}

// putPieces puts them into a region. One of several blocks goes on with what is there.
func putPieces(region, input []byte) {
	for len(input) >= pieceBytes {
		p := piece{input[0], input[1], input[2], input[3], input[4]}
		n := min(int(p.bytes), len(input)-pieceBytes)
		content := input[pieceBytes:][:n]
		input = input[pieceBytes+n:]
		block := region[int(p.at)%(len(region)/BlockBytes)*BlockBytes:]
		id := ID{mark, uint64(p.seq)}
		switch p.kind % 4 {
		case 1:
			id.Mark++
		case 2:
			copy(block, content)
			continue
		}
		entry := block[:min(len(block), HeaderBytes+n+int(p.blocks%16)*BlockBytes)]
		if len(entry) >= HeaderBytes {
			copy(entry[HeaderBytes:], content)
			Seal(entry, id)
		}
	}
}

// checkRead holds what is read against what is there.
func checkRead(t testing.TB, region []byte, done ID) {
	entries, err := Read(region, done)
	if err != nil {
		if !errors.Is(err, ErrDamaged) || entries != nil {
			t.Errorf("damage is told as %v, with %s", err, numbers(entries))
		}
		return
	}
	half := len(region) / (2 * BlockBytes) * BlockBytes
	for i, e := range entries {
		if e.Seq != done.Seq+uint64(i)+1 {
			t.Fatalf("behind %d: %s", done.Seq, numbers(entries))
		}
		if !hasEntry(region[:half], e, done.Mark) && !hasEntry(region[half:2*half], e, done.Mark) {
			t.Fatalf("entry %d, of %d bytes, is not there", e.Seq, len(e.Content))
		}
	}
	if again, err := Read(slices.Clone(region), done); err != nil || len(again) != len(entries) {
		t.Fatalf("%s, and then %s, %v", numbers(entries), numbers(again), err)
	}
}

// hasEntry tells whether an entry is at a block's beginning of a half.
func hasEntry(half []byte, e Entry, mark uint64) bool {
	want := entryOf(ID{mark, e.Seq}, e.Content)
	for at := 0; at+len(want) <= len(half); at += BlockBytes {
		if bytes.Equal(half[at:at+len(want)], want) {
			return true
		}
	}
	return false
}
