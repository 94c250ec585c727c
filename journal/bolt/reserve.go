package bolt

import (
	"errors"
	"fmt"
	"syscall"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// The reserve is a part of the disk that is set aside at the end of the journal's
// file, allocated and not used. So the ends of what was accepted can be committed
// also when others have filled the disk.
//
//	+-------------------------------+----------------------+
//	| pages, some of them free      | the tail: allocated  |
//	+-------------------------------+----------------------+
//	0                       highest page      reserve bytes, if the disk has them
//
// What is written behind the highest page shortens the tail; when it is shorter by
// an eighth it is made longer again, and on a disk that is full it stays as it is.
// Where a file system can't set bytes aside there is no tail, and what is left on
// the disk counts alone.

// reserveParts is how much of a disk its reserve is at most: one part of so many.
const reserveParts = 4

// topUpParts says when the tail is made longer: when a part of so many is missing.
const topUpParts = 8

// setReserve sets the reserve aside.
func (s *Store) setReserve(bytes int64) error {
	if bytes <= 0 {
		return nil
	}
	d, err := s.lookAtDisk()
	if err != nil {
		return err
	}
	s.reserve = d.reserve(bytes)
	_, err = s.Room()
	return err
}

// disk is what is known of the disk that the journal is on.
type disk struct {
	size, free int64 // of the file system, in bytes
	allocated  int64 // of it, the journal's file
}

// reserve is how much of the disk is set aside when so much is asked for.
func (d disk) reserve(asked int64) int64 { return min(asked, d.size/reserveParts) }

// Room implements journal.Store. It is called again and again, also when there are no commits,
// so it also returns a failure that happened in the background.
func (s *Store) Room() (journal.Room, error) {
	if err := s.failure(); err != nil {
		return journal.Room{}, err
	}
	if err := s.uncut(); err != nil {
		s.fail(err)
		return journal.Room{}, err
	}
	lost, err := s.isLost()
	if err != nil {
		return journal.Room{}, err
	}
	r, err := s.roomOnDisk()
	r.Lost = lost
	return r, err
}

// roomOnDisk looks at the disk, and sets aside there what is missing of the reserve.
func (s *Store) roomOnDisk() (journal.Room, error) {
	want := s.reserve
	if want == 0 && s.blobs.spares.none() {
		return journal.Room{}, nil // there is nothing to look for
	}
	d, err := s.lookAtDisk()
	if err != nil {
		return journal.Room{}, err
	}
	s.blobs.spares.fit(d.free)
	if want == 0 {
		return journal.Room{}, nil
	}
	used, scattered, err := s.Pages()
	if err != nil {
		return journal.Room{}, err
	}
	tail, least := max(d.allocated-used, 0), want-want/topUpParts
	if missing := min(want-tail, d.free); missing > 0 && tail <= least {
		denied := s.setAsideAlone(used, tail+missing)
		if d, err = s.lookAtDisk(); err != nil {
			return journal.Room{}, err
		}
		if isQuota(denied) {
			d.free = 0
		}
		tail = max(d.allocated-used, 0)
	}
	s.late.tight.Store(tail < least)
	whole := d.free + tail - s.owed()
	return journal.Room{Free: max(whole+scattered, 0), Whole: max(whole, 0), Reserve: want}, nil
}

// sayRoom says of an opening that has found the disk, or a quota, full how much room it wants. What is
// brought from the log into the tables takes there about as much as a log has; and before a
// migration the file is copied.
func (s *Store) sayRoom(err error) error {
	if !isFull(err) {
		return err
	}
	d, lookErr := s.lookAtDisk()
	if lookErr != nil {
		return err
	}
	wanted := int64(LogBytes)
	if s.metaNow().Schema == 0 { // it is not migrated yet
		wanted += d.allocated
	}
	if isQuota(err) {
		return fmt.Errorf("%w: to open it takes about %s more than its user, or its process, may have: make room there and try again; nothing is lost",
			err, journal.SizeText(wanted))
	}
	return fmt.Errorf("%w: to open it takes about %s of its disk, which has %s left: make room there and try again; nothing is lost",
		syscall.ENOSPC, journal.SizeText(wanted), journal.SizeText(d.free))
}

// isFull tells of an error that there is no room, on the disk or in a quota.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || isQuota(err) }

// isQuota tells of an error that a file may not have what others find free on the disk: a
// quota's end, or the longest file that the process may write.
func isQuota(err error) bool {
	return errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// owed is how much room is left for what is in the log alone.
func (s *Store) owed() int64 {
	if s.ahead == nil {
		return 0
	}
	return s.ahead.bytes
}

// setAsideAlone is setAside while nobody makes the file longer.
func (s *Store) setAsideAlone(used, bytes int64) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	return s.setAside(used, bytes)
}

// Pages returns how many bytes of the file its pages take, up to the highest one that was ever
// used, and how many of these bytes are in free pages. The file may be longer: bbolt makes it
// grow in steps of 16 MiB, and the reserve is at its end.
func (f *files) Pages() (used, free int64, err error) {
	err = f.read(func(tx *bbolt.Tx) error {
		used = tx.Size()
		return nil
	})
	stats, size := f.db.Stats(), int64(f.pageSize)
	return used, int64(stats.FreePageN+stats.PendingPageN) * size, err
}

func (s *Store) lookAtDisk() (disk, error) {
	d, err := lookAtDisk(s.file)
	if err != nil {
		return disk{}, fmt.Errorf("look at the disk of %s: %w", s.path, err)
	}
	return d, nil
}
