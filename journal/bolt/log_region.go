package bolt

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/wal"
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

// settled notes that the tables have what the log has, up to an entry; the zero value is none.
func (w *writer) settled(entry wal.ID) error {
	if entry == (wal.ID{}) {
		return nil
	}
	return writeLogID(w.tx, entry)
}
