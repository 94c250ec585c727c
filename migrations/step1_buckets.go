package migrations

import "go.etcd.io/bbolt"

// Buckets that schema 2 has and schema 1 did not.
const (
	Settings    = "settings"    // name -> row of a setting
	Checkpoints = "checkpoints" // ID -> checkpoint of a live task
)

// buckets leads from schema 1 to 2: it makes the buckets that are new. Nothing
// that is there changes.
var buckets = Step{Name: "make buckets", Apply: func(tx *bbolt.Tx) error {
	for _, name := range []string{Settings, Checkpoints} {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	return nil
}}
