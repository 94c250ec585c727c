package bolt

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/wal"
	"bcp/migrations"
)

// The log's region is a value of the bucket log, which has no other: bbolt gives a value of
// that size pages in a row, and leaves them where they are as long as nobody changes the
// bucket. So the log is written there, beside bbolt, which never looks at it.
//
//	page of the bucket  +--------+---------+-----+-------+----------------------------+
//	                    | header | element | key | ...   | region, from a block on    |
//	                    | 16     | 16      |     |       |                            |
//	                    +--------+---------+-----+-------+----------------------------+
//
// The bucket meta says up to which entry the tables have what is in the log, which mark its
// entries have (see package wal), and where the region is, for pages have no checksums. It is
// sealed as a blob of the zero ID:
//
//	+-----------------+--------+--------+--------+
//	| sequence number | mark 8 | from 8 | size 8 |   big endian
//	| 8               |        |        |        |
//	+-----------------+--------+--------+--------+
//
// A mark of 0 says that there is nothing in the region, which is not read then: it is new, or
// the journal was closed. Without a region and without that there is no log.

var (
	keyLog    = []byte("log")
	keyRegion = []byte("region")
)

// beforeValue is how many bytes a page with one entry has before its key.
const beforeValue = 16 + 16

// region is where a log is in a file.
type region struct{ from, size int64 }

// regionOf returns the region in the value of so many bytes of the bucket with this root.
func regionOf(root uint64, pageSize, value int) region {
	start := int64(root)*int64(pageSize) + beforeValue + int64(len(keyRegion))
	from := (start + wal.BlockBytes - 1) / wal.BlockBytes * wal.BlockBytes
	return region{from, start + int64(value) - from}
}

// regionIn returns where the log is in the file; of size 0 if there is none.
func regionIn(tx *bbolt.Tx) region {
	b := tx.Bucket(bucketLog)
	value := b.Get(keyRegion)
	if value == nil {
		return region{}
	}
	return regionOf(uint64(b.Root()), tx.DB().Info().PageSize, len(value))
}

// makeRegion makes one of so many bytes, for a file that has none. Where it is is known when
// the transaction is over. It is no smaller than a page: one that is small has none of its own.
// The value has before the region what is missing to a block's end, and no more: else a
// region that is made as large as another one would be longer.
func makeRegion(tx *bbolt.Tx, bytes int64) error {
	bytes = max(bytes, int64(tx.DB().Info().PageSize))
	before := wal.BlockBytes - beforeValue - int64(len(keyRegion))
	return tx.Bucket(bucketLog).Put(keyRegion, make([]byte, before+bytes))
}

// writeLogID writes up to which entry of the log the tables have it all.
func writeLogID(tx *bbolt.Tx, id wal.ID) error {
	r, content := regionIn(tx), make([]byte, 0, logIDBytes)
	for _, n := range []uint64{id.Seq, id.Mark, uint64(r.from), uint64(r.size)} {
		content = binary.BigEndian.AppendUint64(content, n)
	}
	return tx.Bucket(bucketMeta).Put(keyLog, journal.AppendBlob(nil, journal.ID{}, content))
}

const logIDBytes = 4 * 8

// logIn returns what writeLogID has written, and where the log is; both are the zero value if
// there is none.
func logIn(tx *bbolt.Tx) (id wal.ID, r region, err error) {
	r = regionIn(tx)
	id, err = openLogID(tx.Bucket(bucketMeta).Get(keyLog), r)
	return id, r, err
}

// openLogID opens what writeLogID has written of the log in a region.
func openLogID(sealed []byte, r region) (id wal.ID, err error) {
	switch {
	case sealed == nil && r == (region{}):
		return id, nil
	case r.size < 0:
		return id, fmt.Errorf("%w: the log ends before it begins", journal.ErrCorrupt)
	}
	content, err := journal.OpenBlob(journal.ID{}, sealed)
	if err == nil && len(content) != logIDBytes {
		err = fmt.Errorf("%w: %d bytes", journal.ErrCorrupt, len(content))
	}
	if err != nil {
		return id, fmt.Errorf("read how far the log is: %w", err)
	}
	field := func(n int) uint64 { return binary.BigEndian.Uint64(content[8*n:]) }
	id = wal.ID{Seq: field(0), Mark: field(1)}
	if was := (region{int64(field(2)), int64(field(3))}); id.Mark != 0 && was != r {
		return id, fmt.Errorf("%w: the log is %d bytes from %d on, and was %d from %d on", journal.ErrCorrupt, r.size, r.from, was.size, was.from)
	}
	return id, nil
}

// saysNothing tells whether what writeLogID has written says that there is nothing in the log,
// wherever that is.
func saysNothing(sealed []byte) bool {
	id, err := openLogID(sealed, region{})
	return sealed != nil && err == nil && id.Mark == 0
}

// settled notes that the tables have what the log has, up to an entry; 0 is none.
func (w *writer) settled(entry uint64) error {
	if entry == 0 {
		return nil
	}
	return writeLogID(w.tx, wal.ID{Seq: entry, Mark: w.store.logMark})
}

// behind is what the log has and the tables lack.
type behind struct {
	entries int
	records []journal.Record
	last    wal.ID
}

// blobs are those that it refers to.
func (b behind) blobs() map[journal.ID]bool {
	ids := map[journal.ID]bool{}
	for i := range b.records {
		ids[b.records[i].Blob.ID] = true
	}
	return ids
}

// readBehind reads it in a region of which the tables have all up to an entry. Damage is an
// error that wraps journal.ErrCorrupt.
func readBehind(data []byte, done wal.ID) (b behind, err error) {
	b.last = done
	entries, err := wal.Read(data, done)
	if err != nil {
		return b, fmt.Errorf("%w: %w", journal.ErrCorrupt, err)
	}
	b.entries = len(entries)
	for _, e := range entries {
		if b.records, err = journal.DecodeLogged(b.records, slices.Clone(e.Content)); err != nil {
			return b, fmt.Errorf("entry %d of the log: %w", e.Seq, err)
		}
		b.last.Seq = e.Seq
	}
	return b, nil
}

// behind reads it in the store's file.
func (s *Store) behind() (b behind, err error) {
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		done, r, err := logIn(tx)
		if b.last = done; err != nil || done.Mark == 0 {
			return err
		}
		data := make([]byte, r.size) // no part of the map, which a commit may move
		if _, err := f.image.ReadAt(data, r.from); err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		b, err = readBehind(data, done)
		return err
	})
	return b, err
}

// recover brings into the tables what another opening has left in the log alone.
func (s *Store) recover() error {
	b, err := s.behind()
	if err != nil {
		return err
	}
	s.logMark = b.last.Mark
	if b.entries == 0 {
		return nil
	}
	s.settling.Lock()
	defer s.settling.Unlock()
	if err := s.commit(b.records, &choice{}, b.last.Seq); err != nil {
		return fmt.Errorf("bring %d commits from the log into the tables: %w", b.entries, err)
	}
	return nil
}

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
	err = transact(s.db, s.path, s.blobs.disk, func(tx *bbolt.Tx) error {
		done, _, err := logIn(tx)
		a.last = wal.ID{Seq: done.Seq, Mark: binary.BigEndian.Uint64(random[:]) | 1}
		return andThen(err, func() error { return writeLogID(tx, a.last) })
	})
	if err = andThen(err, func() error { return s.openLog(s.path) }); err != nil {
		return fmt.Errorf("begin a log: %w", err)
	}
	s.ahead, s.logMark = a, a.last.Mark
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
	err := guarded(func() error {
		return transact(s.db, s.path, s.blobs.disk, func(tx *bbolt.Tx) error {
			return andThen(s.checkEpoch(tx), func() error { return writeLogID(tx, wal.ID{Seq: a.last.Seq}) })
		})
	})
	if err == nil {
		return nil
	}
	s.fail(err)
	if errors.Is(err, syscall.ENOSPC) {
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
	err = s.db.View(func(tx *bbolt.Tx) error {
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
	return true, transact(s.db, s.path, s.blobs.disk, func(tx *bbolt.Tx) error {
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
	return s.db.View(func(tx *bbolt.Tx) (err error) {
		r := regionIn(tx)
		s.ahead.log, err = wal.New(r.from, r.size)
		s.ahead.bytes = r.size
		return err
	})
}

// errBehind tells that a file's log has what its tables lack.
var errBehind = errors.New("what a crash has left in the log is not in the tables yet")

// bringIn brings what the log of a file has into its tables: who only reads can't. Who comes
// to that while another process does it waits, and finds it done.
func (o setup) bringIn(path string) error {
	err := o.inTurn(path, func(o setup) error {
		s, err := o.startReading(path)
		if errors.Is(err, errBehind) {
			o.Log, o.Reserve, o.LockTimeout = 0, 0, turnMax // they look at the file who wait
			s, err = o.begin(path)
		}
		return andThen(err, func() error { return s.Close() })
	})
	if err = withoutName(path, err); errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %w: read it as a user who may write the file, or read a copy", err, errBehind)
	}
	return err
}

// behind reads what the file's log has and its tables lack.
func (i *image) behind() (behind, error) {
	sealed := i.meta[string(keyLog)]
	if saysNothing(sealed) {
		return behind{}, nil
	}
	value, there, err := i.get(bucketLog, keyRegion)
	if err != nil {
		return behind{}, err
	}
	var r region
	if there {
		r = regionOf(i.buckets[migrations.Log].Root(), i.file.PageSize, len(value))
	}
	done, err := openLogID(sealed, r)
	if err != nil {
		return behind{}, err
	}
	return readBehind(value[int64(len(value))-r.size:], done)
}
