// Package lives makes the records of tasks' lives, for journals that are to be
// large: it costs a fraction of what a broker takes for them.
//
//	submit --> dispatch --> start --> end      four records, one task
package lives

import (
	"encoding/binary"
	"fmt"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// perMillisecond is how many tasks have the same time, as with a busy broker.
const perMillisecond = 50

// Maker makes lives. Tasks are numbered from 0; their IDs rise with the numbers.
type Maker struct {
	Base    int64  // time of the first task, in Unix milliseconds
	Payload []byte // body and result of every task
	Keys    bool   // every task has a client's key
}

// NewMaker makes a maker whose tasks were submitted within the last hours, with bodies and
// results of so many bytes, and without keys.
func NewMaker(size int) *Maker {
	return &Maker{Base: time.Now().Add(-24 * time.Hour).UnixMilli(), Payload: make([]byte, size)}
}

// ID returns the ID of the n-th task.
func (m *Maker) ID(n int) (id journal.ID) {
	if err := id.SetTime(uint64(m.at(n))); err != nil {
		panic(err) // a time in this millennium
	}
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func (m *Maker) at(n int) int64 { return m.Base + int64(n/perMillisecond) }

// Submit returns the record of the n-th task's submit.
func (m *Maker) Submit(n int) journal.Record {
	r := journal.Record{
		Task: m.ID(n), Kind: journal.KindSubmit, Time: m.at(n), Payload: m.Payload, Spec: &journal.Spec{
			Client: "client-0123456789", Tries: 1, LossMax: 3,
			Target: journal.Target{Kind: journal.ToService, Name: "bench"},
		},
	}
	if m.Keys {
		r.Spec.Key = string(wire.AppendCountedKey(nil, r.Spec.Client, uint64(n)))
	}
	return r
}

// Given returns the records of the n-th task's dispatch and start.
func (m *Maker) Given(n int) [2]journal.Record {
	worker := fmt.Sprintf("bench-%d", n%256)
	return [2]journal.Record{
		{Task: m.ID(n), Kind: journal.KindDispatch, Time: m.at(n) + 1, Attempt: 1, Worker: worker},
		{Task: m.ID(n), Kind: journal.KindStart, Time: m.at(n) + 2, Attempt: 1, Worker: worker},
	}
}

// End returns the record of the n-th task's end.
func (m *Maker) End(n int) journal.Record {
	return journal.Record{
		Task: m.ID(n), Kind: journal.KindEnd, Time: m.at(n) + 3, Attempt: 1, Worker: fmt.Sprintf("bench-%d", n%256),
		State: journal.Done, Reason: journal.ReasonFinished, Payload: m.Payload,
	}
}

// batch is how many tasks one commit has, when nobody waits for them.
const batch = 2048

// Fill commits the submits of tasks from number first up to last, exclusive, and
// their whole lives if ended.
func (m *Maker) Fill(store journal.Store, first, last int, ended bool) error {
	var records []journal.Record
	for n := first; n < last; n++ {
		records = append(records, m.Submit(n))
		if ended {
			given := m.Given(n)
			records = append(records, given[0], given[1], m.End(n))
		}
		if (n-first)%batch == batch-1 || n == last-1 {
			if err := store.Commit(records); err != nil {
				return err
			}
			records = records[:0]
		}
	}
	return nil
}
