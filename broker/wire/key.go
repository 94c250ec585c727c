package wire

import "strconv"

// AppendCountedKey appends the key with number n of a client that numbers its keys: the
// prefix, a slash, a letter for the number of digits, and the number. The letter has the keys
// sort in the order of their numbers. So a new key comes behind all others of the client, and
// a broker that knows that none is stored there need not search the journal for it:
//
//	pg3x/a1 ... pg3x/a9  pg3x/b10 ... pg3x/e12345
func AppendCountedKey(dst []byte, prefix string, n uint64) []byte {
	dst = append(append(dst, prefix...), '/', 0)
	letter := len(dst) - 1
	dst = strconv.AppendUint(dst, n, 10)
	dst[letter] = byte('a' + len(dst) - letter - 2)
	return dst
}
