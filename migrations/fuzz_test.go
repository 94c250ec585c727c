package migrations

import (
	"errors"
	"testing"

	"bcp/journal"
	"bcp/scripts/mutants"
)

// FuzzSums opens any content, sealed so that it gets past the checksum and as it is, as
// the sums of a file and as its schema: what is accepted is whole, and damage is told
// as such.
func FuzzSums(f *testing.F) {
	broker := []byte("0123456789abcdef")
	content := append([]byte{0, 0, 0, 2}, make([]byte, 8*len(Summed))...)
	seeds := [][]byte{content, content[:4], append(content, 0), {0, 0, 0, 2}}
	mutants.Fuzz(f, seeds, func(t testing.TB, content []byte) {
		for _, sealed := range [][]byte{content, journal.AppendBlob(nil, identity(broker), content)} {
			_, err := OpenSums(sealed, broker, 2)
			if err == nil && len(content) != 4+8*len(Summed) || err != nil && !errors.Is(err, journal.ErrCorrupt) {
				t.Errorf("%d bytes: %v", len(content), err)
			}
		}
		if n, err := DecodeSchema(content); err == nil && len(content) != 4 {
			t.Errorf("%q is schema %d", content, n)
		}
	})
}
