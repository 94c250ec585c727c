package wire

import (
	"bcp/journal"
	"bcp/journal/place"
)

// The layouts of BCP/2's messages: the fields of each in the order of the wire.
// PROTOCOL.md draws them.

// itemSize is the size of an inventory's item: a ULID, an attempt, a phase.
const itemSize = 16 + 4 + 1

// Tags of the fields in a message's tail. Each list is append-only.
const (
	fieldCheckpoint   uint8 = 1 // DISPATCH: the state that an earlier attempt has saved
	fieldPair         uint8 = 1 // PROGRESS: name=value; can be repeated
	fieldLabel        uint8 = 1 // REGISTER: name=value; can be repeated
	fieldResource     uint8 = 2 // REGISTER: name=amount; can be repeated
	fieldOutcomeClass uint8 = 1 // OUTCOME: the sort of error
	fieldEndedClass   uint8 = 1 // ENDED: likewise
	fieldStatusPinned uint8 = 1 // STATUS: the worker that the task has to go to
	fieldStatusClass  uint8 = 3 // STATUS: likewise
	fieldSilence      uint8 = 4 // DISPATCH: how often the worker has to speak of the attempt
	fieldTries        uint8 = 4 // STATUS: attempts that used up a try
	fieldExhausted    uint8 = 5 // STATUS: 1 when its tries are used up
	fieldDeclined     uint8 = 6 // STATUS: a worker that wants another one to do it; can be repeated

	fieldDispatchMember uint8 = 2 // DISPATCH: which member of which array it is
	fieldStatusCounts   uint8 = 2 // STATUS: how the members of a group stand
	fieldStatusMember   uint8 = 8 // STATUS: which member of which group it is
)

// ---- both peers

func (m *Beat) layout(c *coder) {
	c.flags(&m.Ask)
}

func (*Leave) layout(*coder) {}

func (m *Welcome) layout(c *coder) {
	c.bytes16(&m.Broker)
	c.u64(&m.Epoch)
	c.u32(&m.HeartbeatMS)
	c.u32(&m.Liveness)
	c.u32(&m.BodyMax)
	c.u32(&m.OutstandingMax)
	c.flags(&m.Resumed)
}

func (m *Refuse) layout(c *coder) {
	c.u32(&m.Req)
	c.u16((*uint16)(&m.Code))
	c.text("bytes in text", &m.Text, MaxText)
}

// ---- client to broker

func (m *Hello) layout(c *coder) {
	c.name("session", &m.Session)
}

func (m *Cancel) layout(c *coder) {
	c.request(&m.Req)
	c.taskOrKey(&m.Task, &m.Key)
	c.whoAndWhy(&m.By, &m.Text)
}

func (m *Hold) layout(c *coder) { c.wish(m) }

func (m *Release) layout(c *coder) { c.wish((*Hold)(m)) }

func (m *Query) layout(c *coder) {
	c.request(&m.Req)
	c.taskOrKey(&m.Task, &m.Key)
}

func (m *Wait) layout(c *coder) {
	c.request(&m.Req)
	c.flags(&m.WantStart)
	c.ids("tasks", &m.Tasks, MaxWait)
}

func (m *EndedAck) layout(c *coder) {
	c.id(&m.Task)
}

// ---- broker to client

func (m *Accepted) layout(c *coder) {
	c.request(&m.Req)
	c.acceptance(m)
}

func (m *Started) layout(c *coder) {
	c.ref(&m.Ref)
	c.name("worker", &m.Worker)
}

func (m *Progress) layout(c *coder) {
	c.ref(&m.Ref)
	c.fraction(&m.Fraction)
	c.text("bytes in text", &m.Text, MaxText)
	c.beginTail(skipUnknown)
	c.tailTexts(fieldPair, "pairs", &m.Pairs, MaxPairs)
	c.endTail()
	if c.err == nil {
		c.refuse(CheckPairs("pair", m.Pairs, MaxPairs))
	}
}

func (m *Ended) layout(c *coder) {
	c.taskRef(&m.Ref)
	c.state(&m.State, journal.Done)
	c.u8((*uint8)(&m.Reason))
	c.optionalName("worker", &m.Worker)
	c.text("bytes in text", &m.Text, MaxText)
	c.beginTail(skipUnknown)
	c.tailName(fieldEndedClass, "class", &m.Class)
	c.endTail()
}

// ---- worker to broker

func (m *Register) layout(c *coder) {
	c.bytes16(&m.Instance)
	c.u32(&m.Slots)
	c.name("worker", &m.Name)
	c.names("service", &m.Services, MaxServices)
	c.items(&m.Inventory)
	c.beginTail(refuseUnknown)
	c.tailTexts(fieldLabel, "labels", &m.Labels, place.MaxLabels)
	c.tailTexts(fieldResource, "resources", &m.Resources, place.MaxResources)
	c.endTail()
	if c.err == nil {
		c.refuse(CheckOffer(m))
	}
}

func (m *WorkerBeat) layout(c *coder) {
	c.u64(&m.Seen)
	c.flags(&m.Draining)
	c.items(&m.Inventory)
}

func (m *Begun) layout(c *coder) {
	c.ref(&m.Ref)
}

func (m *Outcome) layout(c *coder) {
	c.ref(&m.Ref)
	c.enum("verdict", (*uint8)(&m.Verdict), uint8(VerdictDone), uint8(VerdictNever))
	c.text("bytes in text", &m.Text, MaxText)
	c.beginTail(refuseUnknown)
	c.tailName(fieldOutcomeClass, "class", &m.Class)
	c.endTail()
}

func (m *Checkpoint) layout(c *coder) {
	c.ref(&m.Ref)
	c.seq(&m.Seq)
}

func (m *Extend) layout(c *coder) {
	c.ref(&m.Ref)
	c.seq(&m.Seq)
	c.extendable(&m.Option)
	c.i64(&m.LeftMS)
	c.text("bytes in text", &m.Text, MaxText)
	if err := journal.CheckSpan("time left", m.LeftMS, 0); err != nil {
		c.fail(CodeBadOption, "%v", err)
	}
}

// ---- broker to worker

func (m *Dispatch) layout(c *coder) {
	c.u64(&m.Seq)
	c.ref(&m.Ref)
	c.i64(&m.RunTimeoutMS)
	c.i64(&m.GraceMS)
	c.name("service", &m.Service)
	c.argv(&m.Argv)
	c.beginTail(skipUnknown)
	c.tailBytes(fieldCheckpoint, "checkpoint", &m.Checkpoint)
	c.tailMember(fieldDispatchMember, &m.Member)
	c.tailNumber(fieldSilence, "silence-timeout", &m.SilenceTimeoutMS, MaxTimeoutMS)
	c.endTail()
}

func (m *Stop) layout(c *coder) {
	c.ref(&m.Ref)
	c.u8((*uint8)(&m.Reason))
	c.i64(&m.GraceMS)
}

func (m *ExtendAck) layout(c *coder) {
	c.ref(&m.Ref)
	c.seq(&m.Seq)
	c.extendable(&m.Option)
	c.u16((*uint16)(&m.Code))
	c.text("bytes in text", &m.Text, MaxText)
}

func (m *CheckpointAck) layout(c *coder) {
	c.ref(&m.Ref)
	c.seq(&m.Seq)
}

func (m *OutcomeAck) layout(c *coder) {
	c.ref(&m.Ref)
}

// ---- what stays in the process

func (*Replay) layout(*coder)    {}
func (*ReplayRow) layout(*coder) {}
func (*ReplayEnd) layout(*coder) {}

// ---- parts of messages

// wish codes what somebody wants done with a task.
func (c *coder) wish(m *Hold) {
	c.request(&m.Req)
	c.taskOrKey(&m.Task, &m.Key)
	c.whoAndWhy(&m.By, &m.Text)
}

func (c *coder) whoAndWhy(by, why *string) {
	c.text("bytes in by", by, MaxName)
	c.text("bytes in text", why, MaxText)
}

// acceptance codes which task a submit has made, or had made before.
func (c *coder) acceptance(m *Accepted) {
	c.id(&m.Task)
	c.state(&m.State, journal.Pending)
	c.flags(&m.Known)
}

// taskOrKey codes which task is meant: its ID or, when that is zero, its key.
func (c *coder) taskOrKey(id *journal.ID, key *string) {
	c.id(id)
	c.key(key)
	if c.err == nil && *id == (journal.ID{}) && *key == "" {
		c.fail(CodeMalformed, "neither a task nor a key is named")
	}
}

// state codes a state from the first one that the message may tell of.
func (c *coder) state(s *journal.State, first journal.State) {
	c.enum("state", (*uint8)(s), uint8(first), uint8(journal.Canceled))
}
