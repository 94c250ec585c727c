package migrations

import (
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// Meta is the bucket that holds the schema number, SchemaKey its key in there.
const (
	Meta      = "meta"
	SchemaKey = "schema"
)

// First is the first schema there was.
const First = 1

var (
	// ErrNewer tells that the file was written by a program that knows more steps.
	ErrNewer = errors.New("file is of a newer schema")
	// ErrNoSchema tells that the file has no schema number.
	ErrNoSchema = errors.New("file has no schema number")
)

// Step changes a file from one schema to the next.
type Step struct {
	Name  string                   // what it does, for error texts
	Apply func(tx *bbolt.Tx) error // must not commit; any error rolls it back
}

// Set is the steps from schema First on: the one at index i leads from schema
// First+i to the one after it.
type Set []Step

// Journal is the steps of the journal file. Schema 3 is the current one.
var Journal = Set{buckets, log}

// Current is the schema that the set leads to.
func (s Set) Current() uint32 { return First + uint32(len(s)) }

// Schema returns the schema of a file. ErrNoSchema if there is none.
func Schema(tx *bbolt.Tx) (uint32, error) {
	meta := tx.Bucket([]byte(Meta))
	if meta == nil {
		return 0, ErrNoSchema
	}
	return DecodeSchema(meta.Get([]byte(SchemaKey)))
}

// DecodeSchema returns the schema in the value under SchemaKey. ErrNoSchema if it
// has none.
func DecodeSchema(value []byte) (uint32, error) {
	if len(value) != 4 {
		return 0, ErrNoSchema
	}
	return binary.BigEndian.Uint32(value), nil
}

// SetSchema writes the schema of a file, which has the bucket Meta.
func SetSchema(tx *bbolt.Tx, schema uint32) error {
	return tx.Bucket([]byte(Meta)).Put([]byte(SchemaKey), binary.BigEndian.AppendUint32(nil, schema))
}

// Check tells whether a file of this schema can be used: nil if it is current
// or can be migrated, ErrNewer or ErrNoSchema if not.
func (s Set) Check(schema uint32) error {
	switch {
	case schema < First:
		return fmt.Errorf("%w: %d", ErrNoSchema, schema)
	case schema > s.Current():
		return fmt.Errorf("%w: %d; this program knows schemas %d to %d", ErrNewer, schema, First, s.Current())
	}
	return nil
}

// Transact runs a function in a write transaction of the file that is migrated, and makes it
// durable before it returns nil. Update of a bbolt.DB is one; but after a panic in there, as on
// a disk that doesn't deliver a page, who closes the DB waits for ever.
type Transact func(func(tx *bbolt.Tx) error) error

// Run migrates the file of db to the current schema, after a backup beside it
// if there is anything to do. Steps that were done before an error stay done.
func (s Set) Run(db *bbolt.DB, transact Transact) error {
	found, err := s.find(db)
	if err != nil || found == s.Current() {
		return err
	}
	if err := backup(db, BackupPath(db.Path(), found)); err != nil {
		return fmt.Errorf("back up before migration: %w", err)
	}
	return s.steps(transact, found)
}

// RunOnCopy is Run without a backup, for a file that is one of two.
func (s Set) RunOnCopy(db *bbolt.DB, transact Transact) error {
	found, err := s.find(db)
	if err != nil {
		return err
	}
	return s.steps(transact, found)
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

// steps takes all that lead on from a schema.
func (s Set) steps(transact Transact, from uint32) error {
	for schema := from; schema < s.Current(); schema++ {
		if err := s.step(transact, schema); err != nil {
			return err
		}
	}
	return nil
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
