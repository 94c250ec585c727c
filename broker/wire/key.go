package wire

import "strconv"

// AppendCountedKey appends a key of those that a client counts up: what they begin with, a
// slash, a letter for how many digits the number has, and the number. So the keys of a
// client are in the order in which it counts, and a broker that knows that none of them is
// behind the last one doesn't look for the next:
//
//	pg3x/a1 ... pg3x/a9  pg3x/b10 ... pg3x/e12345
func AppendCountedKey(dst []byte, prefix string, n uint64) []byte {
	dst = append(append(dst, prefix...), '/', 0)
	letter := len(dst) - 1
	dst = strconv.AppendUint(dst, n, 10)
	dst[letter] = byte('a' + len(dst) - letter - 2)
	return dst
}
