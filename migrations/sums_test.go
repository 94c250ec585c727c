package migrations

import (
	"bytes"
	"testing"
)

// Every bit of a key and of a value's seal counts, and so do their lengths.
func TestSumOf(t *testing.T) {
	key, value := bytes.Repeat([]byte{0}, 16), bytes.Repeat([]byte{0}, 30)
	seen := map[uint64]bool{SumOf(key, value): true}
	note := func(what string, n int) {
		sum := SumOf(key, value)
		if seen[sum] {
			t.Errorf("%s %d makes no difference", what, n)
		}
		seen[sum] = true
	}
	for bit := range 8 * len(key) {
		key[bit/8] ^= 1 << (bit % 8)
		note("bit of the key", bit)
		key[bit/8] ^= 1 << (bit % 8)
	}
	for bit := range 8 * summedBytes {
		value[bit/8] ^= 1 << (bit % 8)
		note("bit of the value", bit)
		value[bit/8] ^= 1 << (bit % 8)
	}
	for n := range summedBytes {
		value = value[:n]
		note("length of the value", n)
	}
	for n := range len(key) {
		key = key[:n]
		note("length of the key", n)
	}
}
