package wal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// ErrDamaged tells that an entry of a log that was durable is damaged.
var ErrDamaged = errors.New("log is damaged")

// Entry is an entry that was read.
type Entry struct {
	Seq     uint64
	Content []byte // points into the region
}

// Read returns the entries behind done, the last one that is no longer needed, in order. If
// the last entry is not whole it is left out, as one that a crash has cut off. If another one
// is not whole, the error wraps ErrDamaged.
func Read(region []byte, done ID) ([]Entry, error) {
	half := len(region) / (2 * BlockBytes) * BlockBytes
	var all []Entry
	highest := done.Seq // of all headers that are whole
	for _, part := range [][]byte{region[:half], region[half : 2*half]} {
		entries, high := readHalf(part, done)
		all, highest = append(all, entries...), max(highest, high)
	}
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	last := done.Seq
	for _, e := range all {
		if e.Seq != last+1 {
			break
		}
		last = e.Seq
	}
	if n := last - done.Seq; n < uint64(len(all)) || highest > last+1 {
		return nil, fmt.Errorf("%w: entry %d is not whole, and there are later ones, up to %d", ErrDamaged, last+1, highest)
	}
	return all, nil
}

// readHalf returns the entries of one half behind those that are done with, up to the first
// that isn't whole or doesn't follow on the one before it, and the highest number in a header.
func readHalf(half []byte, done ID) (entries []Entry, highest uint64) {
	chained, before := true, uint64(0)
	for at := 0; at < len(half); {
		h, whole := ReadHeader(half[at:])
		if whole = whole && h.Mark == done.Mark; whole {
			highest = max(highest, h.Seq)
		}
		content := []byte(nil)
		if chained = chained && whole && (at == 0 || h.Seq == before+1); chained {
			content, chained = h.content(half[at:])
		}
		if !chained {
			at += BlockBytes
			continue
		}
		if before = h.Seq; h.Seq > done.Seq {
			entries = append(entries, Entry{h.Seq, content})
		}
		at += int(blocks(HeaderBytes + h.Length))
	}
	return entries, highest
}
