package main

import (
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"bcp/journal"
)

// What a client asks of one task, as an operation of a history.
type opKind string

const (
	opSubmit opKind = "submit"
	opQuery  opKind = "query"
	opCancel opKind = "cancel"
	opEnd    opKind = "wait for the end"
)

type outcome struct {
	id    journal.ID
	state journal.State
}

// operation is a request of a client, from its call to its answer.
type operation struct {
	key          string
	kind         opKind
	call, answer time.Duration
	outcome
}

// history is what clients saw, side by side.
type history struct {
	began time.Time

	sync    sync.Mutex
	clients int
	all     []porcupine.Operation
}

// begin notes a call.
func (h *history) begin(key string, kind opKind) operation {
	return operation{key: key, kind: kind, call: time.Since(h.began)}
}

// end notes its answer. A call without one is left out: it changes nothing that
// the model knows of.
func (h *history) end(op operation, got outcome) {
	op.answer, op.outcome = time.Since(h.began), got
	h.add(op)
}

func (h *history) add(op operation) {
	h.sync.Lock()
	defer h.sync.Unlock()
	h.clients++
	h.all = append(h.all, porcupine.Operation{
		ClientId: h.clients, Input: op, Output: op.outcome, Call: int64(op.call), Return: int64(op.answer),
	})
}

// known is what is known of one task.
type known struct {
	id       journal.ID
	canceled bool          // somebody was told that its cancellation is on its way
	ended    journal.State // 0 while it hasn't, as far as anybody was told
}

// model says in which order answers about one task may come: it keeps its ID, a
// cancellation that was told stands until the end, and so does the end.
var model = porcupine.Model{
	Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
		index, parts := map[string]int{}, [][]porcupine.Operation{}
		for _, op := range all {
			key := op.Input.(operation).key
			if _, seen := index[key]; !seen {
				index[key] = len(parts)
				parts = append(parts, nil)
			}
			parts[index[key]] = append(parts[index[key]], op)
		}
		return parts
	},
	Init: func() any { return known{} },
	Step: func(state, input, output any) (bool, any) {
		return step(state.(known), input.(operation).kind, output.(outcome))
	},
	Equal: func(a, b any) bool { return a == b },
}

func step(k known, kind opKind, got outcome) (bool, any) {
	if kind == opSubmit {
		ok := k.id == (journal.ID{}) || k.id == got.id
		k.id = got.id
		return ok, k
	}
	switch {
	case k.id != got.id:
		return false, k
	case got.state.Ended():
		ok := k.ended == 0 || k.ended == got.state
		k.ended = got.state
		return ok, k
	case k.ended != 0 || k.canceled && got.state != journal.Canceling:
		return false, k
	}
	k.canceled = got.state == journal.Canceling
	return true, k
}

// fits tells whether all answers fit into one order.
func (h *history) fits() bool {
	h.sync.Lock()
	defer h.sync.Unlock()
	return porcupine.CheckOperations(model, h.all)
}
