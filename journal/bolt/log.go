package bolt

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal/bolt/wal"
)

// beginLog has commits go to a log from now on: the one that the file has, in which there is
// nothing then, or else one of so many bytes, if there are any.
func (s *Store) beginLog(o Options) error {
	there, err := s.makeLog(o.Log)
	if !there || err != nil {
		return err
	}
	var random [8]byte
	rand.Read(random[:]) // never fails
	a := newAhead(o, s.metaNow().Last)
	err = s.transact(func(tx *bbolt.Tx) error {
		done, _, err := logIn(tx)
		a.last = wal.ID{Seq: done.Seq, Mark: binary.BigEndian.Uint64(random[:]) | 1}
		return andThen(err, func() error { return writeLogID(tx, a.last) })
	})
	if err = andThen(err, func() error { return s.openLog(s.path) }); err != nil {
		return fmt.Errorf("begin a log: %w", err)
	}
	s.ahead = a
	return s.moveLog()
}

// endLog has the tables say that there is nothing in the log, so that the next opening needs
// not read it. It is for who holds settling, and closes the store.
//
// Nothing is lost by that, whenever a crash comes. The transactions of the tables are durable
// one after the other, and this one comes when all that the log has is in them: tables that
// say that it has nothing have it all. Those from before say up to which entry they have it,
// and that is the last. And nothing is written to the log while they say so: it has no room
// from now on, so that a commit, if there is one yet, goes to the tables; and the next opening
// gives it room when they have told another mark.
func (s *Store) endLog() error {
	a := s.ahead
	a.commits.Lock()
	defer a.commits.Unlock()
	if s.failed.Load() != nil || s.Logged() > 0 {
		return nil // the next opening reads it
	}
	a.log = wal.Log{}
	err := s.transact(func(tx *bbolt.Tx) error {
		return andThen(s.checkEpoch(tx), func() error { return writeLogID(tx, wal.ID{Seq: a.last.Seq}) })
	})
	if err == nil {
		return nil
	}
	s.fail(err)
	if isFull(err) {
		return nil // the next opening reads it
	}
	return fmt.Errorf("end the log: %w", err)
}

const (
	// logParts is how much of a disk a log is at most: one part of so many.
	logParts = 64

	// logRoom is how much of the disk is free for a log to be made, in logs.
	logRoom = 4
)

// makeLog makes the region of a file that has none, if a log of so many bytes is asked for,
// and tells whether there is one. None is made on a disk that is nearly full; one that is
// there needs no room.
func (s *Store) makeLog(asked int64) (there bool, err error) {
	if asked <= 0 {
		return false, nil
	}
	err = s.read(func(tx *bbolt.Tx) error {
		there = regionIn(tx).size > 0
		return nil
	})
	if there || err != nil {
		return there, err
	}
	d, err := s.lookAtDisk()
	bytes := d.log(asked)
	if bytes == 0 || err != nil {
		return false, err
	}
	return true, s.transact(func(tx *bbolt.Tx) error {
		return errors.Join(makeRegion(tx, bytes), writeLogID(tx, wal.ID{}))
	})
}

// log is how large a log is that is made when one of so many bytes is asked for.
func (d disk) log(asked int64) int64 {
	bytes := min(asked, d.size/logParts)
	if bytes < wal.MinBytes || d.free < logRoom*bytes {
		return 0
	}
	return bytes
}

// moveLog has the log be where the store's file has its region. There is nothing in it.
func (s *Store) moveLog() error {
	if s.ahead == nil || s.closed {
		return nil
	}
	return s.read(func(tx *bbolt.Tx) (err error) {
		r := regionIn(tx)
		s.ahead.log, err = wal.New(r.from, r.size)
		s.ahead.bytes = r.size
		return err
	})
}
