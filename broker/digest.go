package broker

import (
	"crypto/sha256"
	"encoding/binary"
	"runtime"

	"github.com/zeebo/blake3"

	"bcp/broker/wire"
	"bcp/journal"
)

// A digest identifies what a key stands for: the target, the command, the body. It is the
// beginning of a SHA-256, or from wideFrom bytes of body on of a BLAKE3 where that is faster:
//
//	length | target | ... | arguments | length | argument ... | body
//
// What a journal has is that of the build and of the machine that took the submit. So a
// digest that isn't the one that a submit has here may yet be the submit's, by the other
// function.

// wideFrom is from how many bytes of body on a BLAKE3 takes half as long as a SHA-256, or
// less: as many as it takes in side by side.
const wideFrom = 8 << 10

// wide tells whether BLAKE3 is used: on other processors it is written in Go alone, and
// slower.
const wide = runtime.GOARCH == "amd64"

// SetDigest writes into the spec what its key stands for. It takes a while if the
// body is large: who writes that down beside the core calls this there too.
func SetDigest(m *wire.Submit) {
	if m.Stored.IsZero() {
		m.Spec.Digest = digest(m)
	}
}

// SetOtherDigest writes into a submit, whose key is known, its digest by the other function.
// It takes longer than SetDigest, and is for whom that is for, before the body is let go of.
func SetOtherDigest(m *wire.Submit) { m.OtherDigest = otherDigest(m) }

// otherDigest returns the digest by the other function; a zero one where there is none.
func otherDigest(m *wire.Submit) (sum [16]byte) {
	if len(m.Body) < wideFrom {
		return sum
	}
	return sumOf(m.Spec, m.Body, !wide)
}

// isDigestOf tells whether a digest from the journal is that of a submit, which has its own.
func isDigestOf(known [16]byte, m *wire.Submit) bool {
	if known == m.Spec.Digest {
		return true
	}
	other := m.OtherDigest
	if m.Stored.IsZero() {
		other = otherDigest(m)
	}
	return known == other && known != [16]byte{}
}

// digest returns the digest of a submit. Without a key nobody asks.
func digest(m *wire.Submit) (sum [16]byte) {
	if m.Spec.Key == "" {
		return sum
	}
	return sumOf(m.Spec, m.Body, wide && len(m.Body) >= wideFrom)
}

// sumOf returns the digest of a spec and a body, by BLAKE3 if it is to be.
func sumOf(s *journal.Spec, body []byte, byBLAKE3 bool) (sum [16]byte) {
	text := appendMeaning(make([]byte, 0, 128), s) // as long as it is for most
	if byBLAKE3 {
		h := blake3.New()
		_, _ = h.Write(text) // never fails
		_, _ = h.Write(body)
		copy(sum[:], h.Sum(text[:0]))
		return sum
	}
	h := sha256.New()
	h.Write(text)
	h.Write(body)
	copy(sum[:], h.Sum(text[:0]))
	return sum
}

// appendMeaning appends what a key stands for beside the body.
func appendMeaning(text []byte, s *journal.Spec) []byte {
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
