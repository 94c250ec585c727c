package bolt

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

// Buckets of the file. Their names are on disk.
var (
	bucketOpen   = []byte("open")   // ID -> body, sealed or a reference, if not empty; an ended task's only if it is kept
	bucketState  = []byte("state")  // ID -> row of a task that has not ended
	bucketDone   = []byte("done")   // ID -> row of a task that has ended
	bucketResult = []byte("result") // ID -> result, likewise
	bucketKeys   = []byte("keys")   // client key -> ID of the last task submitted under it, see journal.AppendKey
	bucketMeta   = []byte(migrations.Meta)

	bucketSettings    = []byte(migrations.Settings)    // name -> row of a setting
	bucketCheckpoints = []byte(migrations.Checkpoints) // ID -> checkpoint of a live task, if it has one

	// Indexes by time: see stamp.
	bucketEnds = []byte(migrations.Ends) // when it ended, ID: of tasks that are kept as the broker keeps them
	bucketDue  = []byte(migrations.Due)  // until when it is kept, ID: of tasks that say how long
	bucketAges = []byte(migrations.Ages) // when it was forgotten, ID: of tombstones

	bucketGone = []byte(migrations.Gone) // ID -> tombstone of a task that was forgotten

	bucketBlobs = []byte(migrations.Blobs) // ID of a blob -> ID of the task whose payload it is

	// Of tasks that ended late: see late.go.
	bucketLate        = []byte(migrations.Late)        // seq, ID -> row; an empty one over the base of a task that is forgotten
	bucketLateResults = []byte(migrations.LateResults) // seq, ID -> result, as in the bucket result
	bucketPlaces      = []byte(migrations.Places)      // ID -> seq, sealed: of those that are folded
	bucketUnfolded    = []byte(migrations.Unfolded)    // seq -> the IDs from there on, sealed

	bucketLog = []byte(migrations.Log) // the region of the log: see log_region.go
)

var buckets = [][]byte{
	bucketOpen, bucketState, bucketDone, bucketResult, bucketKeys, bucketMeta, bucketSettings, bucketCheckpoints,
	bucketEnds, bucketDue, bucketAges, bucketGone, bucketBlobs,
	bucketLate, bucketLateResults, bucketPlaces, bucketUnfolded, bucketLog,
}

// Keys of the bucket meta, beside the schema. The bucket is so small that bbolt
// keeps it in the root page, which every transaction writes anyway.
var (
	keyFormat   = []byte("format")
	keyBroker   = []byte(migrations.BrokerKey)
	keyCounters = []byte("counters")
)

// format tells a journal from other bbolt files.
const format = "BCP journal"

// idBytes is the length of a task's ID as a key.
const idBytes = 16

// counters is what every transaction reads and may change. It is sealed as a blob
// of the zero ID.
//
//	+---------+---------------------+---------+--------+-------+--------+
//	| epoch 8 | last ID given    16 | ended 8 | ends 8 | due 8 | gone 8 |   big endian
//	+---------+---------------------+---------+--------+-------+--------+
//
// A file that was of schema 1, which has no such indexes, lacks the last three
// until its first commit: all that had ended are in ends.
type counters struct {
	epoch uint64
	last  journal.ID
	ended uint64 // tasks in done
	ends  uint64 // entries of the index ends
	due   uint64 // of the index due
	gone  uint64 // tombstones
}

const (
	countersBytes1 = 8 + idBytes + 8
	countersBytes  = countersBytes1 + 3*8
)

func (c counters) write(tx *bbolt.Tx) error {
	content := make([]byte, 0, countersBytes)
	content = binary.BigEndian.AppendUint64(content, c.epoch)
	content = append(content, c.last[:]...)
	for _, n := range []uint64{c.ended, c.ends, c.due, c.gone} {
		content = binary.BigEndian.AppendUint64(content, n)
	}
	return tx.Bucket(bucketMeta).Put(keyCounters, journal.AppendBlob(nil, journal.ID{}, content))
}

func readCounters(tx *bbolt.Tx) (c counters, err error) {
	return decodeCounters(tx.Bucket(bucketMeta).Get(keyCounters))
}

func decodeCounters(sealed []byte) (c counters, err error) {
	content, err := journal.OpenBlob(journal.ID{}, sealed)
	if err != nil {
		return c, fmt.Errorf("read counters: %w", err)
	}
	if len(content) != countersBytes && len(content) != countersBytes1 {
		return c, fmt.Errorf("read counters: %w: %d bytes", journal.ErrCorrupt, len(content))
	}
	c.epoch = binary.BigEndian.Uint64(content)
	copy(c.last[:], content[8:])
	c.ended = binary.BigEndian.Uint64(content[8+idBytes:])
	c.ends = c.ended
	if more := content[countersBytes1:]; len(more) > 0 {
		c.ends = binary.BigEndian.Uint64(more)
		c.due = binary.BigEndian.Uint64(more[8:])
		c.gone = binary.BigEndian.Uint64(more[16:])
	}
	return c, nil
}

// identify tells whether the file is a journal, of whatever schema, and returns
// who it belongs to.
func identify(tx *bbolt.Tx) (broker [16]byte, err error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil || string(meta.Get(keyFormat)) != format {
		return broker, journal.ErrForeign
	}
	if copy(broker[:], meta.Get(keyBroker)) != len(broker) {
		return broker, fmt.Errorf("%w: it has no broker's identity", journal.ErrCorrupt)
	}
	return broker, nil
}

// checkBuckets tells whether the file has all that its schema, which is the
// current one, is made of.
func checkBuckets(tx *bbolt.Tx) error {
	for _, name := range buckets {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: it has no bucket %q", journal.ErrCorrupt, name)
		}
	}
	return nil
}
