package broker

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"

	"github.com/zeebo/blake3"
	"github.com/zeebo/xxh3"

	"bcp/broker/wire"
	"bcp/journal"
)

// A digest identifies what a key stands for: the target, the command, the body. It is an
// XXH3 of 128 bits:
//
//	length | target | ... | arguments | length | argument ... | XXH3 of the body
//
// It tells a repetition from a mistake, and costs a small part of what a hash does that also
// withstands who looks for two bodies with the same digest: he would need a key that is
// somebody else's, and with that he can do worse.
//
// Older builds wrote other digests: the beginning of a SHA-256, or on some machines from
// wideFrom bytes of body on of a BLAKE3, of all that with the body itself at the end. So a
// digest that isn't the one that a submit has here may yet be the submit's. That of a retry,
// whose body may not be at hand, is such a SHA-256 as ever, with the task that it does once
// more in the body's place.

// wideFrom is from how many bytes of body on an older build may have a BLAKE3.
const wideFrom = 8 << 10

// SetDigest works out the digest of a submit, which identifies what its key stands for, and
// writes it into the spec.
func SetDigest(m *wire.Submit) {
	if m.Stored.IsZero() {
		m.Spec.Digest = digest(m)
	}
}

// SetOlderDigests adds the digests that older builds would have given the same submit. That
// takes longer than SetDigest, so it is for submits whose key is known already. It needs
// the body: call it before that is written elsewhere and dropped.
func SetOlderDigests(m *wire.Submit) { m.OlderDigests = olderDigests(m) }

// isDigestOf tells whether a digest from the journal is that of a submit, which has its own.
func isDigestOf(known [16]byte, m *wire.Submit) bool {
	if known == m.Spec.Digest {
		return true
	}
	older := m.OlderDigests
	if m.Stored.IsZero() {
		older = olderDigests(m)
	}
	return known != [16]byte{} && slices.Contains(older[:], known)
}

// digest returns the digest of a submit. Without a key nobody asks.
func digest(m *wire.Submit) (sum [16]byte) {
	if m.Spec.Key == "" {
		return sum
	}
	body := xxh3.Hash128(m.Body).Bytes()
	return xxh3.Hash128(append(meaning(m.Spec), body[:]...)).Bytes()
}

// retryDigest returns the digest of a retry. Without a key nobody asks.
func retryDigest(s *journal.Spec, of journal.ID) (sum [16]byte) {
	if s.Key == "" {
		return sum
	}
	return digestBy(sha256.New(), meaning(s), of[:])
}

// olderDigests returns what older builds have as the digest of a submit; a zero one where
// they have none.
func olderDigests(m *wire.Submit) (sums [len(wire.Submit{}.OlderDigests)][16]byte) {
	text := meaning(m.Spec)
	sums[0] = digestBy(sha256.New(), text, m.Body)
	if len(m.Body) >= wideFrom {
		sums[1] = digestBy(blake3.New(), text, m.Body)
	}
	return sums
}

// digestBy returns the beginning of the hash of two parts.
func digestBy(h hash.Hash, text, body []byte) (sum [16]byte) {
	_, _ = h.Write(text) // a hash never fails
	_, _ = h.Write(body)
	copy(sum[:], h.Sum(nil))
	return sum
}

// meaning is what a key stands for beside the body.
func meaning(s *journal.Spec) []byte {
	text := make([]byte, 0, 128) // as long as it is for most
	number := func(n int) { text = binary.BigEndian.AppendUint64(text, uint64(n)) }
	part := func(s string) {
		number(len(s))
		text = append(text, s...)
	}
	part(string(rune(s.Target.Kind)) + s.Target.Name)
	if s.Target.Kind == journal.ToAny || s.Target.Kind == journal.ToAll {
		part(s.Where)
	}
	if s.Array != "" {
		part(s.Array)
	}
	number(len(s.Argv)) // or else a body could be made to look like arguments
	for _, arg := range s.Argv {
		part(arg)
	}
	return text
}
