package journal

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	// MaxMembers bounds the members of one array. Each that starts gets a row, and
	// all of them are looked at when the array is pruned or listed.
	MaxMembers = 10_000_000

	// MaxIndex is the highest index of a member.
	MaxIndex = 1<<31 - 1

	// MaxArrayBytes bounds the text of an array's indexes: it is in the array's
	// row, which is written anew with each commit in which a member starts or ends.
	MaxArrayBytes = 16 << 10
)

// Indexes are the indexes of an array's members, in rising order, each once.
// A member's position is its place among them, from 0.
type Indexes []span

// span is the indexes from first to last, which are at the positions from pos on.
type span struct{ first, last, pos uint32 }

const indexesAccepted = "a number of members, or indexes and ranges of them in rising order such as 0-99,120, are accepted"

var errMembers = fmt.Errorf("at most %d members are accepted", MaxMembers)

// ParseIndexes reads a number of members, whose indexes then count from 0, or a
// list of indexes and ranges such as 0-99,120. The error says what is accepted.
func ParseIndexes(text string) (Indexes, error) {
	if len(text) > MaxArrayBytes {
		return nil, fmt.Errorf("at most %d bytes are accepted, and there are %d", MaxArrayBytes, len(text))
	}
	if !strings.ContainsAny(text, "-,") {
		n, err := parseIndex(text)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return nil, errMembers
		case err != nil || n == 0:
			return nil, errors.New(indexesAccepted)
		}
		return newIndexes([]span{{first: 0, last: n - 1}})
	}
	var spans []span
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		low, err := parseIndex(first)
		high, errHigh := parseIndex(last)
		switch err := errors.Join(err, errHigh); {
		case errors.Is(err, strconv.ErrRange):
			return nil, fmt.Errorf("%sindexes up to %d are accepted", prefixed(part, text), MaxIndex)
		case err != nil || high < low:
			return nil, errors.New(prefixed(part, text) + indexesAccepted)
		}
		spans = append(spans, span{first: low, last: high})
	}
	return newIndexes(spans)
}

// prefixed names the part of a list that is not accepted; all of it is named anyway.
func prefixed(part, text string) string {
	if part == text {
		return ""
	}
	return strconv.Quote(part) + ": "
}

func parseIndex(text string) (uint32, error) {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseUint(text, 10, 31)
	return uint32(n), err
}

// newIndexes gives the spans their positions, and makes one of those that adjoin.
func newIndexes(spans []span) (Indexes, error) {
	var list Indexes
	var n uint64
	for _, s := range spans {
		last := len(list) - 1
		if last >= 0 && s.first <= list[last].last {
			return nil, fmt.Errorf("%d comes after %d: %s", s.first, list[last].last, indexesAccepted)
		}
		if n += uint64(s.last-s.first) + 1; n > MaxMembers {
			return nil, errMembers
		}
		if last >= 0 && s.first == list[last].last+1 {
			list[last].last = s.last
			continue
		}
		s.pos = uint32(n - uint64(s.last-s.first) - 1)
		list = append(list, s)
	}
	return list, nil
}

// IndexesOf makes indexes of single ones, which rise.
func IndexesOf(rising []uint32) (Indexes, error) {
	spans := make([]span, len(rising))
	for i, n := range rising {
		spans[i] = span{first: n, last: n}
	}
	return newIndexes(spans)
}

// Len returns how many indexes there are.
func (x Indexes) Len() uint32 {
	if len(x) == 0 {
		return 0
	}
	s := x[len(x)-1]
	return s.pos + s.last - s.first + 1
}

// At returns the index at a position below Len.
func (x Indexes) At(pos uint32) uint32 {
	i, exact := slices.BinarySearchFunc(x, pos, func(s span, pos uint32) int { return int(int64(s.pos) - int64(pos)) })
	if !exact {
		i--
	}
	return x[i].first + pos - x[i].pos
}

// String writes the indexes in the one form that Spec.Array has.
func (x Indexes) String() string {
	if len(x) == 1 && x[0].first == 0 && x[0].last > 0 {
		return strconv.FormatUint(uint64(x[0].last)+1, 10)
	}
	var b []byte
	for i, s := range x {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(s.first), 10)
		if s.last > s.first || len(x) == 1 {
			b = strconv.AppendUint(append(b, '-'), uint64(s.last), 10)
		}
	}
	return string(b)
}

func checkIndexes(text string) error {
	_, err := ParseIndexes(text)
	return err
}

// putIndexes gives an array its indexes, in the one form that they are written in.
func putIndexes(s *Spec, texts []string) error {
	s.Array = ""
	if len(texts) == 0 {
		return nil
	}
	x, err := ParseIndexes(texts[0])
	s.Array = x.String()
	return err
}

// arrayRule refuses what is only for arrays.
func arrayRule(s *Spec) error {
	switch {
	case s.Array != "":
	case s.ArrayRunning > 0:
		return fmt.Errorf("array-running %d: only accepted with array", s.ArrayRunning)
	case s.ArrayFailures > 0:
		return fmt.Errorf("array-failures %d: only accepted with array", s.ArrayFailures)
	}
	return nil
}
