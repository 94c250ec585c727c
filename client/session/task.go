package session

import (
	"slices"
	"strings"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// task is an accepted task whose end has not come.
type task struct {
	watcher
	more []watcher // beside the first: the same key submitted twice, a second Wait
}

// watcher is one who waits for a task.
type watcher struct {
	tag       any
	wantStart bool   // starts and progress are asked for
	started   uint32 // the last attempt whose start it was told, 0 for none
}

// Wait asks to be told the end of a task, whoever submitted it. The broker is
// not asked for what it will tell this session anyway.
func (s *Session) Wait(id journal.ID, tag any) {
	if s.tasks[id] == nil {
		s.unasked = append(s.unasked, id)
	}
	s.watch(id, watcher{tag: tag})
}

// Forget takes back a Wait or the interest in a submitted task: the tag gets no
// more events of it.
func (s *Session) Forget(id journal.ID, tag any) {
	t := s.tasks[id]
	if t == nil {
		return
	}
	if i := slices.IndexFunc(t.more, func(w watcher) bool { return w.tag == tag }); i >= 0 {
		t.more = slices.Delete(t.more, i, i+1)
		return
	}
	if t.tag != tag {
		return
	}
	if len(t.more) == 0 {
		delete(s.tasks, id)
		return
	}
	t.watcher, t.more = t.more[0], t.more[1:]
}

// watch gives the watcher a share in what is told of the task.
func (s *Session) watch(id journal.ID, w watcher) {
	if t := s.tasks[id]; t != nil {
		t.more = append(t.more, w)
		return
	}
	s.tasks[id] = &task{watcher: w}
}

// tell passes a word about a task on to everyone who waits for it.
func (s *Session) tell(id journal.ID, m wire.Message) {
	t := s.tasks[id]
	if t == nil {
		return
	}
	s.emit(t.tag, m)
	for _, w := range t.more {
		s.emit(w.tag, m)
	}
}

// started passes the start of an attempt on, once to everyone: the broker tells
// it again to a session that may have missed it.
func (s *Session) started(m *wire.Started) {
	t := s.tasks[m.Task]
	if t == nil {
		return
	}
	s.tellStart(&t.watcher, m)
	for i := range t.more {
		s.tellStart(&t.more[i], m)
	}
}

func (s *Session) tellStart(w *watcher, m *wire.Started) {
	if m.Attempt > w.started {
		w.started = m.Attempt
		s.emit(w.tag, m)
	}
}

// ended acknowledges an end, also one that nobody here waits for: the broker
// repeats it until then.
func (s *Session) ended(m *wire.Ended) {
	s.send(&wire.EndedAck{Task: m.Task})
	s.tell(m.Task, m)
	delete(s.tasks, m.Task)
}

// unknownTask takes in that the broker has no such task, has forgotten it, or can't say
// what came of it. What it says instead of an end is acknowledged like one.
func (s *Session) unknownTask(m *wire.Refuse) {
	var id journal.ID
	name, _, _ := strings.Cut(m.Text, ":")
	if id.UnmarshalText([]byte(name)) != nil {
		return
	}
	if m.Code != wire.CodeUnknownTask && m.Req == 0 {
		s.send(&wire.EndedAck{Task: id})
	}
	s.tell(id, m)
	delete(s.tasks, id)
}

// askForAll puts every task that is open into the next Waits, in order of ID.
func (s *Session) askForAll() {
	s.waits.clear()
	s.unasked = s.unasked[:0]
	for id := range s.tasks {
		s.unasked = append(s.unasked, id)
	}
	slices.SortFunc(s.unasked, journal.ID.Compare)
}

// askForEnds sends the Waits that are to be sent, apart for the tasks whose
// starts and progress are wanted, too.
func (s *Session) askForEnds(now time.Duration) {
	if len(s.unasked) == 0 {
		return
	}
	for _, wantStart := range []bool{false, true} {
		tasks := slices.DeleteFunc(slices.Clone(s.unasked), func(id journal.ID) bool {
			return s.wantsStart(id) != wantStart
		})
		s.askFor(now, tasks, wantStart)
	}
	s.unasked = s.unasked[:0]
}

// wantsStart tells whether anyone who waits for the task wants its start.
func (s *Session) wantsStart(id journal.ID) bool {
	t := s.tasks[id]
	return t != nil && (t.wantStart || slices.ContainsFunc(t.more, func(w watcher) bool { return w.wantStart }))
}

// askFor sends Waits with as many tasks in each as the broker takes. A Wait has
// no answer of its own: it is repeated, at leisure, while any of its tasks is
// open.
func (s *Session) askFor(now time.Duration, tasks []journal.ID, wantStart bool) {
	for _, m := range s.askLater(now, tasks, wantStart) {
		s.send(m)
	}
}

// askLater makes Waits that are sent when it is time to repeat them.
func (s *Session) askLater(now time.Duration, tasks []journal.ID, wantStart bool) (waits []*wire.Wait) {
	for chunk := range slices.Chunk(tasks, s.waitMax) {
		m := &wire.Wait{Req: s.newReq(), WantStart: wantStart, Tasks: chunk}
		s.waits.push(now, &request{msg: m})
		waits = append(waits, m)
	}
	return waits
}

// trim returns a Wait for what is left of another one, and tells whether
// that is nothing. What was sent before is never changed.
func (s *Session) trim(m *wire.Wait) (rest *wire.Wait, over bool) {
	tasks := slices.DeleteFunc(slices.Clone(m.Tasks), func(id journal.ID) bool {
		return s.tasks[id] == nil
	})
	return &wire.Wait{Req: m.Req, WantStart: m.WantStart, Tasks: tasks}, len(tasks) == 0
}
