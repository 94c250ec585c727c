package broker

import (
	"encoding/binary"
	"io"

	"bcp/journal"
)

// idSource makes ULIDs that rise strictly, also when the wall clock goes back
// or many are made in one millisecond.
type idSource struct {
	entropy io.Reader
	last    journal.ID
}

// next returns an ID above all earlier ones, with the wall clock's time or, if
// that has gone back, with the last ID's.
func (s *idSource) next(wallMS int64) (journal.ID, error) {
	var err error
	if ms := uint64(max(wallMS, 0)); ms > s.last.Time() {
		err = s.fresh(ms)
	} else if !s.increment() {
		err = s.fresh(s.last.Time() + 1)
	}
	return s.last, err
}

// block is next for a group: as many IDs as it has members follow it, and are given
// away with it.
func (s *idSource) block(wallMS int64, members uint32) (journal.ID, error) {
	id, err := s.next(wallMS)
	s.last = journal.IDPlus(id, members)
	return id, err
}

func (s *idSource) fresh(ms uint64) error {
	var id journal.ID
	if err := id.SetTime(ms); err != nil {
		return err
	}
	if _, err := io.ReadFull(s.entropy, id[6:]); err != nil {
		return err
	}
	id[6] &= 0x7f // leaves room to count up
	s.last = id
	return nil
}

// increment adds one to the entropy of the last ID; false if it is used up.
func (s *idSource) increment() bool {
	low := binary.BigEndian.Uint64(s.last[8:])
	if low++; low == 0 {
		high := binary.BigEndian.Uint16(s.last[6:])
		if high++; high == 0 {
			return false
		}
		binary.BigEndian.PutUint16(s.last[6:], high)
	}
	binary.BigEndian.PutUint64(s.last[8:], low)
	return true
}
