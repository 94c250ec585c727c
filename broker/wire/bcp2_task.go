package wire

import (
	"math"

	"bcp/journal"
)

func (m *Submit) layout(c *coder) {
	c.request(&m.Req)
	c.submission(m)
}

// submission codes what is asked for with a task, to the end of what is read.
func (c *coder) submission(m *Submit) {
	spec := m.Spec
	if spec == nil {
		spec = newSpec()
	}
	c.flags(&m.WantStart, &m.Quiet)
	c.target(&spec.Target)
	c.key(&spec.Key)
	c.argv(&spec.Argv)
	if c.writing {
		if err := c.writeOptions(spec); err != nil {
			c.fail(CodeBadOption, "%v", err)
		}
	} else {
		c.readOptions(spec, nil)
		m.Spec, spec = spec, spec.Heeded()
	}
	if c.err == nil {
		c.refuse(checkSpec(spec, journal.CheckTogether))
	}
}

func (c *coder) target(t *journal.Target) {
	c.u8((*uint8)(&t.Kind))
	c.optionalName("target", &t.Name)
}

// newTarget codes the target that a task is given, if it is given one.
func (c *coder) newTarget(t *journal.Target) {
	c.target(t)
	if t.Kind == 0 && t.Name != "" {
		c.fail(CodeBadOption, "target %q: its kind is missing: 1, 2 and 4 are accepted", t.Name)
	}
}

func (m *Edit) layout(c *coder) {
	c.request(&m.Req)
	c.taskOrKey(&m.Task, &m.Key)
	c.whoAndWhy(&m.By, &m.Text)
	c.newTarget(&m.Target)
	if m.Spec == nil {
		m.Spec = new(journal.Spec)
	}
	c.edits(m.Spec, &m.Options)
}

func (m *Resolve) layout(c *coder) {
	c.request(&m.Req)
	c.taskOrKey(&m.Task, &m.Key)
	c.whoAndWhy(&m.By, &m.Text)
	c.enum("verb", (*uint8)(&m.Verb), uint8(ResolveRetry), uint8(ResolveDrop))
	c.key(&m.NewKey)
	if m.Verb == ResolveDrop && m.NewKey != "" {
		c.fail(CodeBadOption, "drop: no new-key is accepted with it")
	}
}

func (m *Status) layout(c *coder) {
	c.request(&m.Req)
	c.status(&m.Task)
}

// status codes a task as Status carries it: all that a client may see, without
// the options that it submitted itself.
func (c *coder) status(task *journal.Task) {
	t := *task // a copy, for the spec below is not the message's own
	c.id(&t.ID)
	c.state(&t.State, journal.Pending)
	c.u32(&t.Attempt)
	c.u32(&t.Failures)
	c.u32(&t.Losses)
	c.u8((*uint8)(&t.Stopping))
	c.u8((*uint8)(&t.Reason))
	c.flags(&t.Held)
	for _, ms := range []*int64{&t.SubmittedMS, &t.PendingMS, &t.DispatchedMS, &t.StartedMS, &t.EndedMS, &t.CancelMS, &t.NotBeforeMS} {
		c.i64(ms)
	}
	c.taskSpec(&t)
	c.optionalName("worker", &t.Worker)
	c.text("bytes in cancel's by", &t.CancelBy, MaxName)
	c.text("bytes in cancel's text", &t.CancelText, MaxText)
	c.text("bytes in text", &t.Text, MaxText)
	c.beginTail(skipUnknown)
	c.tailName(fieldStatusPinned, "worker", &t.Pinned)
	c.tailCounts(fieldStatusCounts, &t.Tally)
	c.tailName(fieldStatusClass, "class", &t.Class)
	c.howItFails(&t)
	c.tailMember(fieldStatusMember, &t.Member)
	c.endTail()
	if !c.writing {
		*task = t
	}
}

// howItFails codes what is known of a task's tries.
func (c *coder) howItFails(t *journal.Task) {
	tries, exhausted, declined := int64(t.Tries), int64(0), make([]string, len(t.Declined))
	if t.Exhausted {
		exhausted = 1
	}
	for i := range t.Declined {
		declined[i] = t.Declined[i].Worker
	}
	c.tailNumber(fieldTries, "tries", &tries, math.MaxUint32)
	c.tailNumber(fieldExhausted, "exhausted", &exhausted, 1)
	c.tailTexts(fieldDeclined, "workers", &declined, journal.MaxDeclined)
	if c.writing {
		return
	}
	t.Tries, t.Exhausted = uint32(tries), exhausted == 1
	for _, worker := range declined {
		c.refuse(CheckName("worker", worker))
		t.Declined = append(t.Declined, journal.Decline{Worker: worker})
	}
}

// taskSpec codes the part of the spec that names the task.
func (c *coder) taskSpec(t *journal.Task) {
	spec := journal.Spec{}
	if c.writing && t.Spec != nil {
		spec.Target, spec.Key = t.Spec.Target, t.Spec.Key
	}
	c.target(&spec.Target)
	c.key(&spec.Key)
	if !c.writing {
		t.Spec = &spec
	}
}
