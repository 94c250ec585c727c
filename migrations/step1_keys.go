package migrations

import (
	"bytes"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// sealKeys seals the entries of the clients' keys, which schema 1 kept bare: a wrong
// bit there would have made a second task of one that was submitted before.
func sealKeys(tx *bbolt.Tx) error {
	keys := tx.Bucket([]byte("keys"))
	var names, sealed [][]byte
	err := keys.ForEach(func(key, value []byte) error {
		var id journal.ID
		if copy(id[:], value) == len(value) && len(value) == len(id) {
			names = append(names, bytes.Clone(key))
			sealed = append(sealed, journal.AppendKey(nil, key, id))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range names {
		if err := keys.Put(names[i], sealed[i]); err != nil {
			return err
		}
	}
	return nil
}
