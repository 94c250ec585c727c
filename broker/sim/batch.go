package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// bundle is wants that are submitted as one batch.
type bundle struct {
	wants []*want
	keyed bool // all of them have keys of their own
}

// batchLabel is the name of the label that tells of which batch a task is, and how
// many new ones that has.
const batchLabel = "batch"

// orderBatch makes up a batch and submits it.
func (c *client) orderBatch() {
	w := c.w
	b := &bundle{keyed: w.chance(800)}
	fresh := 0
	for range 1 + w.rand.IntN(6) {
		x := c.oneOfBatch(b)
		if x.bundle == b {
			fresh++
		}
		b.wants = append(b.wants, x)
	}
	for i, x := range b.wants {
		if x.bundle == b {
			x.submit.Spec.Labels = []string{fmt.Sprintf("%s=%s-%d/%d", batchLabel, c.name, c.made, fresh)}
			c.dependInBatch(x.submit.Spec, i, len(b.wants))
		}
		x.bundle = b
	}
	c.wants = append(c.wants, b.wants...)
	c.do(func() { c.submitBatch(b) })
}

// oneOfBatch makes up a task of a batch: a new one, which is the bundle's, or one
// that was submitted before, perhaps with another body.
func (c *client) oneOfBatch(b *bundle) *want {
	w := c.w
	if b.keyed && len(c.wants) > 0 && w.chance(200) {
		if x := c.copied(pick(w, c.wants)); x != nil {
			return x
		}
	}
	x := c.newWant()
	x.bundle = b
	switch {
	case !b.keyed:
		x.submit.Spec.Key = ""
	case x.submit.Spec.Key == "":
		x.submit.Spec.Key = fmt.Sprintf("%s/%d", c.name, c.made)
	}
	return x
}

// dependInBatch makes up which others of the batch a task waits for: mostly
// earlier ones, or else there would be circles in all of them.
func (c *client) dependInBatch(s *journal.Spec, place, tasks int) {
	w := c.w
	for range w.rand.IntN(3) {
		other := w.rand.IntN(tasks)
		if other >= place && w.chance(800) {
			continue
		}
		if id := wire.BatchRef(other); !waitsFor(s.After, id) {
			s.After = append(s.After, journal.Dependency{Task: id, Wants: w.someWants()})
		}
	}
}

// submitBatch asks for the batch, each time with a message of its own.
func (c *client) submitBatch(b *bundle) {
	m := &wire.SubmitBatch{}
	var tags []any
	for _, x := range b.wants {
		submit, spec := x.submit, *x.submit.Spec
		submit.Spec = &spec
		m.Submits = append(m.Submits, submit)
		tags = append(tags, x)
	}
	if err := wire.CheckBatch(m.Submits); err != nil {
		c.giveUp(b, m, err)
	} else if c.s.CanSubmit() {
		c.s.SubmitBatch(c.w.now, m, tags)
	}
}

// giveUp gives a batch up that can't be said in BCP/2. Whether the core refuses it
// as well an operator finds out.
func (c *client) giveUp(b *bundle, m *wire.SubmitBatch, err *wire.Error) {
	c.w.cover.add("batch", "refused: "+err.Code.String())
	for _, x := range b.wants {
		x.refused = true
	}
	c.w.operator.change(m)
}

// resubmit submits everything again that is still wanted.
func (c *client) resubmit() {
	var done []*bundle
	for _, x := range c.wants {
		switch {
		case x.bundle == nil:
			c.do(func() { c.submit(x) })
		case !slices.Contains(done, x.bundle):
			done = append(done, x.bundle)
			c.do(func() { c.submitBatch(x.bundle) })
		}
	}
}

// judgeContent tells whether the task that a client's key stands for is what was asked for
// with it.
func (o *oracle) judgeContent(c *client, x *want) {
	e, err := o.w.broker.store.Get(x.id)
	if x.submit.Spec.Key == "" || err != nil {
		return // the session has made its key up, or it is forgotten
	}
	asked, spec := x.submit, *x.submit.Spec
	asked.Spec = &spec
	broker.SetDigest(&asked)
	if spec.Digest != e.Task.Spec.Digest {
		o.w.fail("%s: key %q with body %q is accepted as task %s, which has another", c.name, spec.Key, asked.Body, x.id)
	}
}

// copied returns a want for what is wanted already, by itself; nil if that has no
// key, no meaning outside of its batch, or may still become a task with that.
func (c *client) copied(old *want) *want {
	switch {
	case old.foreign, old.submit.Spec.Key == "", slices.ContainsFunc(old.submit.Spec.After, isOfBatch):
		return nil
	case old.bundle != nil && !old.known:
		return nil
	}
	x, spec := &want{submit: old.submit}, *old.submit.Spec
	spec.Labels = nil
	x.submit.Spec = &spec
	if c.w.chance(300) {
		x.submit.Body = []byte("another body")
	}
	return x
}

func isOfBatch(d journal.Dependency) bool {
	_, ok := wire.BatchIndex(d.Task)
	return ok
}

// batches is what the oracle knows of batches: how many of the new tasks of each
// are in the journal, and how often each was asked for.
type batches struct{ there, heard map[string]int }

func newBatches() batches { return batches{map[string]int{}, map[string]int{}} }

// ask takes in that the core is about to hear of a batch.
func (b batches) ask(m *wire.SubmitBatch) {
	for i := range m.Submits {
		if name, _ := batchOf(m.Submits[i].Spec); name != "" {
			b.heard[name]++
			return
		}
	}
}

// batchOf returns the name of the batch that a task was new in, and of how many
// tasks; "" for none.
func batchOf(s *journal.Spec) (name string, tasks int) {
	for _, l := range s.Labels {
		if text, ok := strings.CutPrefix(l, batchLabel+"="); ok {
			_, number, _ := strings.Cut(text, "/")
			tasks, _ = strconv.Atoi(number)
			return text, tasks
		}
	}
	return "", 0
}

// seen takes in that a task is in the journal that was not before.
func (b batches) seen(s *journal.Spec) {
	if name, _ := batchOf(s); name != "" {
		b.there[name]++
	}
}

// judgeBatches tells whether the batches are whole of which a commit had tasks: whatever
// becomes of the commit, all of a batch is in the journal, or nothing.
func (o *oracle) judgeBatches(records []journal.Record) {
	for i := range records {
		if records[i].Kind != journal.KindSubmit {
			continue
		}
		name, tasks := batchOf(records[i].Spec)
		if n := o.batches.there[name]; n != 0 && n < tasks {
			o.w.fail("of the batch %s, %d of %d tasks are in the journal", name, n, tasks)
		} else if n > 1 {
			o.w.cover.add("batch", "whole")
		}
	}
}

// coverBatch takes in how a batch was answered.
func (o *oracle) coverBatch(m *wire.BatchAccepted) {
	known := 0
	for i := range m.Accepted {
		if m.Accepted[i].Known {
			known++
		}
	}
	switch known {
	case 0:
		o.w.cover.add("batch", "new")
	case len(m.Accepted):
		o.w.cover.add("batch", "known")
	default:
		o.w.cover.add("batch", "partly known")
	}
}

// passing are the codes of what may be over when a batch comes again.
var passing = []wire.Code{wire.CodeQueueFull, wire.CodeDiskFull, wire.CodeNotAllowed}

// refusedBatch tells whether a batch that was refused is in the journal all the
// same. One that was accepted before may be refused when its keys are forgotten; one
// that came twice may have found no room the first time, or no worker for a broadcast.
func (o *oracle) refusedBatch(x *want, m *wire.Refuse) {
	o.w.cover.add("batch", "refused: "+m.Code.String())
	name, _ := batchOf(x.submit.Spec)
	o.pruneOwed()
	switch there := o.batches.there[name]; {
	case there == 0 || len(o.keep.forgotten) > 0:
	case slices.Contains(passing, m.Code) && o.batches.heard[name] > 1:
		o.w.cover.add("batch", "refused as things were, and accepted when it came again")
	default:
		o.w.fail("the batch %s is refused (%s), and %d of its tasks are in the journal", name, m.Text, there)
	}
}
