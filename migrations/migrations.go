package migrations

import (
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// Meta is the bucket that has the schema number, under the key SchemaKey.
const (
	Meta      = "meta"
	SchemaKey = "schema"
)

// First is the number of the first schema.
const First = 1

var (
	// ErrNewer tells that the file is of a schema that this program does not know yet.
	ErrNewer = errors.New("file is of a newer schema")
	// ErrNoSchema tells that the file has no schema number.
	ErrNoSchema = errors.New("file has no schema number")
)

// Step changes a file from one schema to the next.
type Step struct {
	Name  string                   // what it does, for error texts
	Apply func(tx *bbolt.Tx) error // must not commit; after an error the transaction is rolled back
}

// Set is a list of all steps: the one at index i changes a file from schema First+i to the
// next.
type Set []Step

// Journal has the steps of the journal's file. Its current schema is 3.
var Journal = Set{buckets, log}

// Current returns the schema that a file has after all steps.
func (s Set) Current() uint32 { return First + uint32(len(s)) }

// Schema returns the schema of a file, or ErrNoSchema if it has no schema number.
func Schema(tx *bbolt.Tx) (uint32, error) {
	meta := tx.Bucket([]byte(Meta))
	if meta == nil {
		return 0, ErrNoSchema
	}
	return DecodeSchema(meta.Get([]byte(SchemaKey)))
}

// DecodeSchema returns the schema from the value under SchemaKey, or ErrNoSchema if the value
// is none.
func DecodeSchema(value []byte) (uint32, error) {
	if len(value) != 4 {
		return 0, ErrNoSchema
	}
	return binary.BigEndian.Uint32(value), nil
}

// SetSchema writes the schema number of a file. The bucket Meta has to be there.
func SetSchema(tx *bbolt.Tx, schema uint32) error {
	return tx.Bucket([]byte(Meta)).Put([]byte(SchemaKey), binary.BigEndian.AppendUint32(nil, schema))
}

// Check returns nil if a file of this schema is current or can be migrated. Otherwise the
// error wraps ErrNewer or ErrNoSchema.
func (s Set) Check(schema uint32) error {
	switch {
	case schema < First:
		return fmt.Errorf("%w: %d", ErrNoSchema, schema)
	case schema > s.Current():
		return fmt.Errorf("%w: %d; this program knows schemas %d to %d", ErrNewer, schema, First, s.Current())
	}
	return nil
}

// Transact runs a function in a write transaction of the file that is migrated. When it
// returns nil the transaction is durable. The method Update of a bbolt.DB does that. But after
// a panic in it, such as one for a page that the disk does not deliver, closing the DB waits
// for ever.
type Transact func(func(tx *bbolt.Tx) error) error

// BackUp makes a backup of the file that is migrated, at a path. When it returns nil the backup
// is whole and durable. One of that name from before is replaced: the file is still of that
// schema, so what it holds now is the newer of the two.
type BackUp func(path string) error

// BackupPath returns the path of the backup that is made of the file at path before it is
// migrated from a schema.
func BackupPath(path string, schema uint32) string {
	return fmt.Sprintf("%s.schema-%d.bak", path, schema)
}

// Run migrates the file of db to the current schema. If there are steps to do, it first has
// a backup made beside the file. After an error the steps that were done before it stay done.
func (s Set) Run(db *bbolt.DB, transact Transact, backUp BackUp) error {
	schema, err := s.find(db)
	if err != nil || schema == s.Current() {
		return err
	}
	if err := backUp(BackupPath(db.Path(), schema)); err != nil {
		return fmt.Errorf("back up before migration: %w", err)
	}
	for ; schema < s.Current(); schema++ {
		if err := s.step(transact, schema); err != nil {
			return err
		}
	}
	return nil
}

// find returns the schema of a file that can be used.
func (s Set) find(db *bbolt.DB) (found uint32, err error) {
	err = db.View(func(tx *bbolt.Tx) error {
		found, err = Schema(tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	return found, s.Check(found)
}

func (s Set) step(transact Transact, schema uint32) error {
	step := s[schema-First]
	err := transact(func(tx *bbolt.Tx) error {
		if err := step.Apply(tx); err != nil {
			return err
		}
		if err := SetSchema(tx, schema+1); err != nil {
			return err
		}
		return reseal(tx, schema)
	})
	if err != nil {
		return fmt.Errorf("migrate from schema %d to %d (%s): %w", schema, schema+1, step.Name, err)
	}
	return nil
}
