package journal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
)

// MemDisk is what a MemStore keeps its journal on: it outlives the store, as a
// disk outlives a process.
type MemDisk struct {
	mu      sync.RWMutex
	meta    Meta
	room    Room
	rows    map[ID][]byte // sealed rows, as an engine writes them
	ended   map[ID]Task
	bodies  map[ID][]byte // sealed blobs of live tasks, and of ended ones as their ends say
	results map[ID][]byte
	blobs   map[ID][]byte // sealed payloads that were written apart
	staged  uint64        // how many ever were
	keys    map[string]ID
	gone    map[ID]memTombstone

	checkpoints map[ID][]byte // of live tasks, sealed

	settings map[string][]byte // sealed rows, by name
}

// memSchema is the schema that a MemStore says it has.
const memSchema = 2

// NewMemDisk makes an empty disk. The broker's identity follows from the seed,
// so that equal seeds give equal lives.
func NewMemDisk(seed string) *MemDisk {
	d := &MemDisk{
		rows: map[ID][]byte{}, ended: map[ID]Task{},
		bodies: map[ID][]byte{}, results: map[ID][]byte{}, blobs: map[ID][]byte{},
		checkpoints: map[ID][]byte{}, gone: map[ID]memTombstone{},
		keys: map[string]ID{}, settings: map[string][]byte{},
	}
	sum := sha256.Sum256([]byte(seed))
	copy(d.meta.Broker[:], sum[:])
	d.meta.Schema = memSchema
	return d
}

// Open begins a new epoch. Stores that were opened before are fenced off.
func (d *MemDisk) Open() *MemStore {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.meta.Epoch++
	d.sweep()
	return &MemStore{disk: d, epoch: d.meta.Epoch}
}

// Fault is what becomes of a commit that fails.
type Fault uint8

const (
	NoFault      Fault = 0
	FaultLost    Fault = 1 // the commit fails and nothing of it is on the disk
	FaultApplied Fault = 2 // the commit fails although it is on the disk
)

// errInjected is how a commit fails that was told to.
var errInjected = errors.New("injected fault")

// MemStore is a Store in memory that can crash, for tests and the simulator.
// It goes through the codec that engines use, and is deterministic.
type MemStore struct {
	disk   *MemDisk
	epoch  uint64
	fault  Fault // of the next commit
	failed error
	batch  Batch
}

var _ Store = (*MemStore)(nil)

// FailNext makes the next Commit fail with an unknown outcome, which is this
// one.
func (s *MemStore) FailNext(fault Fault) { s.fault = fault }

// SetRoom says what Room returns: a test's disk is as full as the test wants it.
func (d *MemDisk) SetRoom(r Room) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = r
}

// Room implements Store.
func (s *MemStore) Room() (Room, error) {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	return s.disk.room, nil
}

// Crash ends the store without a word and opens its disk again: what was
// committed is there. The old store is fenced off.
func (s *MemStore) Crash() *MemStore { return s.disk.Open() }

// Close implements Store.
func (s *MemStore) Close() error { return nil }

// Meta implements Store. The epoch is this store's own.
func (s *MemStore) Meta() Meta {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	meta := s.disk.meta
	meta.Epoch = s.epoch
	return meta
}

// Commit implements Store.
func (s *MemStore) Commit(records []Record) error { return s.commit(records, func() {}) }

// commit writes the records, right behind what prune does.
func (s *MemStore) commit(records []Record, prune func()) error {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if err := s.usable(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	fault := s.fault
	s.fault = NoFault
	if fault == FaultLost {
		return s.fail(errInjected)
	}
	changes := s.batch.Changes(records)
	rows := make([][]byte, len(changes))
	for i := range changes {
		row, err := s.disk.encode(&changes[i])
		if err != nil {
			return s.fail(err)
		}
		rows[i] = row
	}
	prune()
	for i := range changes {
		s.disk.apply(&changes[i], rows[i])
	}
	for _, r := range s.batch.Settings() {
		s.disk.set(r)
	}
	s.batch.Reset()
	if fault == FaultApplied {
		return s.fail(errInjected)
	}
	return nil
}

// usable tells why the store takes no more, if so.
func (s *MemStore) usable() error {
	if s.failed != nil {
		return fmt.Errorf("%w: %w", ErrFailed, s.failed)
	}
	if s.epoch != s.disk.meta.Epoch {
		return s.fail(fmt.Errorf("%w: its epoch is %d, ours was %d", ErrFenced, s.disk.meta.Epoch, s.epoch))
	}
	return nil
}

func (s *MemStore) fail(err error) error {
	s.failed = err
	return err
}

// encode makes the row of a task as it is after the change, and changes nothing.
func (d *MemDisk) encode(c *Change) ([]byte, error) {
	row, known := d.rows[c.Task]
	switch {
	case c.Submit() != nil && known:
		return nil, fmt.Errorf("submit of task %s: it is there already", c.Task)
	case c.Submit() == nil && (!known || d.hasEnded(c.Task)):
		return nil, c.Unknown()
	case len(c.Records) == 0:
		return row, nil
	}
	return AppendRow(nil, row, c.Records...)
}

func (d *MemDisk) apply(c *Change, row []byte) {
	d.rows[c.Task] = row
	if submit := c.Submit(); submit != nil {
		d.bodies[c.Task] = AppendPayload(nil, submit)
		if key := submit.Spec.Key; key != "" {
			d.keys[key] = c.Task
		}
		if last := submit.LastID(); last.Compare(d.meta.Last) > 0 {
			d.meta.Last = last
		}
	}
	d.save(c)
	if end := c.End(); end != nil {
		if !end.KeepBody {
			d.drop(d.bodies, c.Task)
		}
		d.results[c.Task] = AppendPayload(nil, end)
		e, err := DecodeEntry(c.Task, row)
		if err != nil {
			panic(err) // it was encoded just now
		}
		d.ended[c.Task] = e.Task
		d.meta.Ended++
	}
}

// save keeps the checkpoint of a change, or forgets it.
func (d *MemDisk) save(c *Change) {
	switch {
	case c.End() != nil:
		delete(d.checkpoints, c.Task)
	case c.Checkpoint != nil:
		d.checkpoints[c.Task] = AppendCheckpoint(nil, c.Checkpoint)
	}
}

func (d *MemDisk) set(r *Record) {
	if r.Setting.Gone {
		delete(d.settings, r.Setting.Name)
	} else {
		d.settings[r.Setting.Name] = AppendSetting(nil, r)
	}
}

func (d *MemDisk) hasEnded(id ID) bool {
	_, ended := d.ended[id]
	return ended
}
