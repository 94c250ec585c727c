package bolt

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"

	"bcp/journal"
	"bcp/journal/bolt/tree"
	"bcp/migrations"
	"bcp/scripts/mutants"
)

// FuzzImage reads a journal in which pieces of any sort are in any place, as an opening
// does: that ends, without a panic, and tells of damage as such. An input is pieces, each
// of which has three bytes of its place, one of its length, and so many.
func FuzzImage(f *testing.F) {
	path := rotJournal(f)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	whole = written(whole)
	size := int64((len(whole) + 4095) / 4096 * 4096)
	spoilt := append(whole, make([]byte, int(size)-len(whole))...)
	whole = slices.Clone(spoilt)
	mutants.Fuzz(f, imageSeeds(whole), func(t testing.TB, input []byte) {
		pieces := putPieces(spoilt, input)
		if err := inspectBytes(spoilt); err != nil && !told(err) {
			t.Errorf("damage is told as %v", err)
		}
		for _, p := range pieces {
			copy(spoilt[p[0]:p[1]], whole[p[0]:p[1]])
		}
	})
}

// told tells whether an error is one that who opens a journal knows what to do about.
func told(err error) bool {
	return errors.Is(err, journal.ErrCorrupt) || errors.Is(err, journal.ErrForeign) || errors.Is(err, migrations.ErrNoSchema)
}

// inspectBytes is what an opening looks at, of a file in memory.
func inspectBytes(content []byte) error {
	t, err := tree.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return damage(err)
	}
	i, err := newImage(t)
	if err != nil {
		return err
	}
	return i.inspect()
}

// putPieces puts pieces into a file, and returns where.
func putPieces(content, pieces []byte) (at [][2]int) {
	for len(pieces) >= 4 {
		from := (int(pieces[0])<<16 | int(pieces[1])<<8 | int(pieces[2])) % len(content)
		n := min(int(pieces[3]), len(pieces)-4)
		to := from + copy(content[from:], pieces[4:4+n])
		at, pieces = append(at, [2]int{from, to}), pieces[4+n:]
	}
	return at
}

// imageSeeds are pieces of the heads of pages, where they are.
func imageSeeds(whole []byte) (seeds [][]byte) {
	for from := 0; from < len(whole); from += 4096 {
		for _, at := range []int{from, from + 16, from + 48, from + 80} {
			seeds = append(seeds, append([]byte{byte(at >> 16), byte(at >> 8), byte(at), 16}, whole[at:at+16]...))
		}
	}
	return seeds
}

// FuzzCounters opens any content, sealed, as a journal's counters.
func FuzzCounters(f *testing.F) {
	mutants.Fuzz(f, [][]byte{make([]byte, countersBytes), make([]byte, countersBytes1), nil}, func(t testing.TB, content []byte) {
		for _, sealed := range [][]byte{content, journal.AppendBlob(nil, journal.ID{}, content)} {
			if _, err := decodeCounters(sealed); err != nil && !errors.Is(err, journal.ErrCorrupt) {
				t.Errorf("damage is told as %v", err)
			}
		}
	})
}
