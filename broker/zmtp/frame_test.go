package zmtp

import (
	"bytes"
	"testing"

	"bcp/scripts/mutants"
)

// FuzzWanted cuts what arrives anywhere: what is seen of the first message never wants
// more bytes than it has, or it would take some of the next, and more than there are as
// long as it is not whole.
func FuzzWanted(f *testing.F) {
	seeds := mutants.Texts("\x00\x01a\x00\x00", "\x01\x01a\x04\x07\x04PING\x00\x01\x00\x01b\x00\x01c", "\x05\x01x\x00\x01a")
	seeds = append(seeds, Append(nil, [][]byte{[]byte("a"), bytes.Repeat([]byte("b"), 300)}))
	mutants.Fuzz(f, seeds, func(t testing.TB, received []byte) {
		_, _, used, err := Next(received, nil)
		if err != nil || used == 0 {
			return
		}
		for n := range used {
			if size, err := wanted(received[:n]); err == nil && (size <= n || size > used) {
				t.Fatalf("of a message of %d bytes, after %d, %d are wanted", used, n, size)
			}
		}
	})
}
