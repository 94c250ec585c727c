package migrations

import "go.etcd.io/bbolt"

// Log is a bucket that schema 3 has and schema 2 did not.
const Log = "log" // the region of the write-ahead log: see journal/bolt

// log leads from schema 2 to 3: it makes the bucket, which is empty. A program that knows
// nothing of it would not know what was committed to the log alone.
var log = Step{Name: "make room for a log", Apply: func(tx *bbolt.Tx) error {
	_, err := tx.CreateBucketIfNotExists([]byte(Log))
	return err
}}
