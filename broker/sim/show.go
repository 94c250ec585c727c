package sim

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"bcp/broker"
	"bcp/broker/answer"
	"bcp/broker/view"
	"bcp/broker/wire"
	"bcp/journal"
)

// What clients ask to be shown: explanations, histories, queues, workers and members.

// show asks for something to be shown.
func (w *world) show() {
	m := &wire.Show{What: wire.ShowWhat(1 + w.rand.IntN(5)), Limit: uint16(w.rand.IntN(4))}
	if m.What.OfTask() {
		id, ok := w.someTask()
		if !ok {
			return
		}
		m.Task = id
		if g := w.oracle.schedule.wholeOf(id); g != nil && m.What == wire.ShowMembers {
			m.Task = g.ID
		}
	}
	if m.What == wire.ShowExplanation {
		m.Limit = 0
	}
	pick(w, w.clients).ask(m)
}

// shown goes on with a list, page by page.
func (c *client) shown(asked *wire.Show, m *wire.Shown) {
	if m.Cursor != "" {
		next := *asked
		next.After = m.Cursor
		c.ask(&next)
		c.w.cover.add("shown", "another page")
	}
}

// loadFound makes the answer to who looks for tasks, or wants something to be shown.
func (p *process) loadFound(s broker.Send) (wire.Message, bool) {
	look := func(fn func(broker.Instant, *broker.Broker)) error {
		fn(p.instant(), p.core)
		return nil
	}
	m, err := answer.Fill(p.store, look, s, p.instant().WallMS)
	if no := (*wire.Error)(nil); errors.As(err, &no) {
		p.w.cover.add("shown", "refused: "+no.Code.String())
		return &wire.Refuse{Req: answer.Req(s.Msg), Code: no.Code, Text: no.Text}, true
	}
	switch m := m.(type) {
	case *wire.Found:
		m.Of = s.Msg.(*wire.Found).Of
	case *wire.Changed:
		m.Of = s.Msg.(*wire.Changed).Of
	case *wire.Shown:
		m.Of = s.Msg.(*wire.Shown).Of
		p.w.oracle.shows(m, s.Task)
	}
	return m, err == nil
}

// shows checks what is shown as it is made, against what the oracle knows.
func (o *oracle) shows(m *wire.Shown, about journal.ID) {
	switch m.Of.What {
	case wire.ShowExplanation:
		o.showsWhy(readShown[view.Explanation](o, m), about)
	case wire.ShowHistory:
		o.showsHistory(readShown[[]view.HistoryEntry](o, m), m, about)
	case wire.ShowQueues:
		o.schedule.showsQueues(readShown[[]view.Queue](o, m), m)
	case wire.ShowWorkers:
		o.showsWorkers(readShown[[]view.Worker](o, m), m)
	case wire.ShowMembers:
		o.showsMembers(readShown[[]view.Task](o, m), m, about)
	}
	o.w.cover.add("shown", strconv.Itoa(int(m.Of.What)))
}

func readShown[T any](o *oracle, m *wire.Shown) (v T) {
	if err := json.Unmarshal(m.JSON, &v); err != nil {
		o.w.fail("%s is shown: %v", m.JSON, err)
	}
	return v
}

// showsWhy checks an explanation: of a task that has ended its end.
func (o *oracle) showsWhy(v view.Explanation, id journal.ID) {
	if v.Task.ID != id.String() {
		o.w.fail("task %s is explained, and %s was asked for", v.Task.ID, id)
	}
	t := o.schedule.tasks[id]
	if t == nil {
		if e, over := o.ends[id]; over && v.Task.State != e.state.String() {
			o.w.fail("task %s is explained as %s, and ended as %s", id, v.Task.State, e.state)
		}
		return
	}
	holder := ""
	if v.Holder != nil {
		holder = v.Holder.Name
	}
	if v.Task.State != t.State.String() || v.Task.Attempt != t.Attempt || t.Active() && holder != t.Worker {
		o.w.fail("task %s is explained as %+v, and is %+v", id, v, t.Task)
	}
	if t.Held != v.Task.Held || t.Held && !slices.ContainsFunc(v.Reasons, func(r view.Reason) bool { return r.Code == "held" || r.Code == "exhausted" }) {
		o.w.fail("task %s is explained by %+v, and is held: %v", id, v.Reasons, t.Held)
	}
}

// showsHistory checks a page of a history against the journal.
func (o *oracle) showsHistory(page []view.HistoryEntry, m *wire.Shown, id journal.ID) {
	records := o.entry(id, text{m}).Records
	from, _ := strconv.Atoi(m.Of.After)
	if len(page) > int(m.Of.Limit) && m.Of.Limit > 0 || from+len(page) > len(records) || (m.Cursor == "") != (from+len(page) == len(records)) {
		o.w.fail("%d entries after %d of task %s are shown, then %q: it has %d", len(page), from, id, m.Cursor, len(records))
	}
	for i := range page {
		e, r := &page[i], &records[from+i]
		if e.Kind != r.Kind.String() || int64(e.At) != r.Time || e.Attempt != r.Attempt || e.By != r.By || e.Text != r.Text || e.Reason != r.Reason.String() {
			o.w.fail("entry %d of task %s is shown as %+v, and is %+v", from+i, id, e, r)
		}
	}
}

// showsQueues checks a page of queues: each tells what waits and runs, and none between
// them is left out.
func (s *schedule) showsQueues(page []view.Queue, m *wire.Shown) {
	want, shown := s.queues(), map[string]bool{}
	for i := range page {
		q := &page[i]
		name := strings.TrimSuffix(q.Kind+"/"+q.Name, "/")
		shown[name] = true
		for target, n := range want {
			if target.Words() == name && n != (queueCounts{q.Waiting, q.Running}) {
				s.w.fail("queue %s is shown with %d and %d, and has %+v", name, q.Waiting, q.Running, n)
			}
		}
		if oldest := s.oldest(name); q.Waiting > 0 && q.OldestAt != oldest {
			s.w.fail("queue %s is shown to wait since %s, and does since %s", name, q.OldestAt, oldest)
		}
	}
	for target, n := range want {
		if m.Of.After == "" && m.Cursor == "" && !shown[target.Words()] {
			s.w.fail("queue %s is not shown, and has %+v", target.Words(), n)
		}
	}
}

// oldest is when the first task was submitted that waits for a target, as the journal has
// them.
func (s *schedule) oldest(name string) (at view.Time) {
	s.w.eachLive(func(t *journal.Task) {
		waits := t.State == journal.Pending || t.Tally != nil && t.Tally.Unstarted() > 0
		if t.Spec.Target.Words() == name && waits && at.IsZero() {
			at = view.Time(t.SubmittedMS)
		}
	})
	return at
}

// showsWorkers checks a page of workers: what each is shown to have it was given.
func (o *oracle) showsWorkers(page []view.Worker, m *wire.Shown) {
	last := m.Of.After
	for i := range page {
		k := &page[i]
		if k.Name <= last {
			o.w.fail("worker %s is shown after %s", k.Name, last)
		}
		last = k.Name
		for _, text := range k.Tasks {
			var id journal.ID
			if err := id.UnmarshalText([]byte(text)); err != nil {
				o.w.fail("worker %s is shown to have %q", k.Name, text)
			}
			if t := o.schedule.tasks[id]; t == nil || t.Worker != k.Name {
				o.w.fail("worker %s is shown to have task %s, and that is %+v", k.Name, id, t)
			}
		}
	}
	if m.Cursor != "" && m.Cursor != last {
		o.w.fail("the page that ends with worker %s goes on after %s", last, m.Cursor)
	}
}

// showsMembers checks a page of members against what the oracle knows of each: none is
// left out but those that are forgotten.
func (o *oracle) showsMembers(page []view.Task, m *wire.Shown, id journal.ID) {
	g := o.entry(id, text{m}).Task
	from, _ := strconv.Atoi(m.Of.After)
	end := int(g.Tally.Count)
	if m.Cursor != "" {
		end, _ = strconv.Atoi(m.Cursor)
	}
	if len(page) > int(m.Of.Limit) && m.Of.Limit > 0 || len(page) == 0 && m.Cursor != "" {
		o.w.fail("%d members of %s are shown of %d at most, then %q", len(page), id, m.Of.Limit, m.Cursor)
	}
	for pos := from; pos < end; pos++ {
		member := journal.IDOf(id, uint32(pos))
		if len(page) > 0 && page[0].ID == member.String() {
			o.showsMember(&page[0], &g, uint32(pos))
			page = page[1:]
		} else if !o.isForgotten(member) {
			o.w.fail("member %d of %s is not shown between %d and %d", pos, id, from, end)
		}
	}
	if len(page) > 0 {
		o.w.fail("%s is shown as a member of %s between %d and %d", page[0].ID, id, from, end)
	}
}

// showsMember checks a member that is shown against the journal.
func (o *oracle) showsMember(v *view.Task, g *journal.Task, pos uint32) {
	e := o.entry(journal.IDOf(g.ID, pos), v.ID)
	if t := &e.Task; v.State != t.State.String() || v.Attempt != t.Attempt || v.Index == nil || *v.Index != t.Member.Index {
		o.w.fail("member %d of %s is shown as %+v, and is %+v", pos, g.ID, v, t)
	}
	if len(e.Records) == 0 && !e.Task.State.Ended() {
		o.w.cover.add("members", "shown: has not started")
	}
}
