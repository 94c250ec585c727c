package broker_test

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// message makes any message to a broker.
func (r *random) message() wire.Message {
	if r.IntN(2) == 0 {
		return r.clientMessage()
	}
	return r.workerMessage()
}

func (r *random) clientMessage() wire.Message {
	switch r.IntN(17) {
	case 0:
		return &wire.Hello{Session: r.name()}
	case 1:
		return &wire.Cancel{Task: r.task(), Key: r.key()}
	case 2:
		return &wire.Query{Task: r.task(), Key: r.key()}
	case 3:
		return &wire.Wait{WantStart: r.IntN(2) == 0, Tasks: []journal.ID{r.task(), r.task(), r.task()}}
	case 4:
		return &wire.EndedAck{Task: r.task()}
	case 5:
		return &wire.Beat{}
	case 6:
		return &wire.Hold{Task: r.task(), Key: r.key()}
	case 7:
		return &wire.Release{Task: r.task(), Key: r.key()}
	case 9:
		return &wire.Find{Filter: "label." + r.key()}
	case 10:
		return r.edit()
	case 11:
		return &wire.Resolve{Task: r.task(), Key: r.key(), Verb: wire.Verb(1 + r.IntN(2)), NewKey: r.key()}
	case 8:
		return &wire.Replay{DryRun: r.IntN(2) == 0, Tasks: []journal.ID{r.task()}}
	case 12:
		return r.batch()
	case 13:
		return &wire.Show{What: wire.ShowWhat(1 + r.IntN(4)), Task: r.task(), Key: r.key()}
	}
	return r.submit()
}

func (r *random) submit() *wire.Submit {
	return &wire.Submit{
		Spec: r.spec(), WantStart: r.IntN(2) == 0, Quiet: r.IntN(3) == 0, Body: make([]byte, r.IntN(120)),
	}
}

// edit changes some options to anything that the wire lets through.
func (r *random) edit() *wire.Edit {
	m := &wire.Edit{Task: r.task(), Key: r.key(), Spec: r.spec()}
	for _, o := range journal.Options {
		if r.IntN(4) == 0 {
			m.Options = append(m.Options, o.Number)
		}
	}
	if r.IntN(3) == 0 {
		m.Target = m.Spec.Target
	}
	m.Spec.Target = journal.Target{}
	return m
}

// batch is a few tasks that may wait for each other, now and then in a circle.
func (r *random) batch() *wire.SubmitBatch {
	m := &wire.SubmitBatch{Submits: make([]wire.Submit, 1+r.IntN(4))}
	for i := range m.Submits {
		m.Submits[i] = *r.submit()
		if spec := m.Submits[i].Spec; r.IntN(2) == 0 {
			spec.After = append(spec.After, journal.Dependency{Task: wire.BatchRef(r.IntN(4)), Wants: journal.Wants(1 + r.IntN(3))})
		}
	}
	return m
}

func (r *random) workerMessage() wire.Message {
	switch r.IntN(8) {
	case 0, 1:
		m := &wire.Register{
			Name: r.name(), Slots: uint32(1 + r.IntN(3)), Services: []string{r.name(), r.name()},
			NoInventory: r.IntN(3) == 0, Inventory: r.inventory(),
		}
		m.Instance[0] = byte(r.IntN(3))
		return m
	case 2:
		return &wire.WorkerBeat{
			Seen: uint64(r.IntN(10)), Draining: r.IntN(8) == 0, NoInventory: r.IntN(3) == 0, Inventory: r.inventory(),
		}
	case 3:
		return &wire.Begun{Ref: r.ref()}
	case 4:
		return &wire.Progress{Ref: r.ref()}
	case 5:
		if r.IntN(4) == 0 {
			return &wire.Leave{}
		}
		if r.IntN(2) == 0 {
			return &wire.Extend{Ref: r.ref(), Seq: uint32(1 + r.IntN(3)), Option: journal.Extendable[r.IntN(3)], LeftMS: int64(r.IntN(5000))}
		}
		return &wire.Checkpoint{Ref: r.ref(), Seq: uint32(1 + r.IntN(3)), State: make([]byte, r.IntN(3))}
	}
	return &wire.Outcome{Ref: r.ref(), Verdict: wire.Verdict(1 + r.IntN(8)), Text: "why", Payload: make([]byte, r.IntN(120))}
}

func (r *random) spec() *journal.Spec {
	s := &journal.Spec{
		Key: r.key(), Tries: uint32(1 + r.IntN(3)), LossMax: uint32(r.IntN(3)), OnLoss: journal.LossPolicy(r.IntN(4)),
		Target: journal.Target{Kind: journal.TargetKind(1 + r.IntN(2)), Name: r.name()},
	}
	if r.IntN(3) == 0 {
		s.StartTimeoutMS, s.RunTimeoutMS, s.QueueTimeoutMS = r.ms(), r.ms(), r.ms()
	}
	if r.IntN(3) == 0 {
		s.Priority, s.DelayMS, s.RetryDelayMS = int32(r.IntN(5)-2), r.ms(), r.ms()
	}
	if r.IntN(5) == 0 {
		s.Target.Kind, s.LateJoiners, s.OnAway = journal.ToAll, r.IntN(2) == 0, journal.AwayPolicy(r.IntN(3))
	}
	if r.IntN(4) == 0 {
		s.After = []journal.Dependency{{Task: r.task(), Wants: journal.Wants(1 + r.IntN(3))}}
	}
	return s
}

func (r *random) ms() int64 { return r.Int64N(5000) }

func (r *random) name() string { return string(rune('a' + r.IntN(4))) }

// key is none, or one that a BCP/1 client can name as well.
func (r *random) key() string {
	if r.IntN(2) == 0 {
		return ""
	}
	return "bcp1/" + r.name() + "/" + r.name()
}

// task is one of the last ones, or one that nobody has.
func (r *random) task() journal.ID {
	if len(r.tasks) == 0 || r.IntN(20) == 0 {
		return journal.ID{0: 1, 15: 1}
	}
	return r.tasks[max(0, len(r.tasks)-1-r.IntN(30))]
}

// ref is mostly of a task's current attempt.
func (r *random) ref() wire.Ref {
	id := r.task()
	if r.IntN(4) == 0 {
		return wire.Ref{Task: id, Attempt: uint32(1 + r.IntN(3))}
	}
	return wire.Ref{Task: id, Attempt: max(1, r.attempts[id])}
}

func (r *random) inventory() []wire.Item {
	items := make([]wire.Item, r.IntN(6))
	for i := range items {
		items[i] = wire.Item{Ref: r.ref(), Phase: wire.Phase(1 + r.IntN(3))}
	}
	return items
}
