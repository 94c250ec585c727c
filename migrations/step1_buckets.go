package migrations

import (
	"errors"

	"go.etcd.io/bbolt"
)

// Buckets that schema 2 has and schema 1 did not.
const (
	Settings    = "settings"    // name -> row of a setting
	Checkpoints = "checkpoints" // ID -> checkpoint of a live task

	Ends = "ends" // stamps of ended tasks, with the time of their end
	Due  = "due"  // stamps of ended tasks that say how long they are kept, with the time until when
	Ages = "ages" // stamps of tombstones, with the time at which the task was forgotten
	Gone = "gone" // ID -> tombstone of a task that was forgotten

	Blobs = "blobs" // ID of a blob -> ID of the task that refers to it

	// Of tasks that ended far from others in the order of IDs: see journal/bolt.
	Late        = "late"        // place in the order of ends, ID -> row
	LateResults = "lateresults" // the same -> result
	Places      = "places"      // ID -> place
	Unfolded    = "unfolded"    // place -> IDs from there on
)

// buckets leads from schema 1 to 2: it makes the buckets that are new, and the
// index by time of what has ended; it seals the entries of keys, and sums all
// buckets. No row of a task changes.
//
// All in one transaction: for a million ended tasks that takes a few seconds and
// some hundred MB of memory, once.
var buckets = Step{Name: "make buckets", Apply: func(tx *bbolt.Tx) error {
	for _, name := range []string{Settings, Checkpoints, Ends, Due, Ages, Gone, Blobs, Late, LateResults, Places, Unfolded} {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	if err := errors.Join(indexEnds(tx), sealKeys(tx)); err != nil {
		return err
	}
	sums, err := CountSums(tx)
	if err != nil {
		return err
	}
	return sums.Write(tx, 2)
}}
