package session

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// task is an accepted task whose end has not come.
type task struct {
	watcher
	more  []watcher // beside the first: the same key submitted twice, a second Wait
	asked uint32    // the number of the last Wait that names it, 0 for none
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
		s.unasked[id] = struct{}{}
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
		s.drop(id)
		return
	}
	t.watcher, t.more = t.more[0], t.more[1:]
}

// drop forgets a task that nobody waits for any more.
func (s *Session) drop(id journal.ID) {
	delete(s.tasks, id)
	delete(s.unasked, id)
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
	s.drop(m.Task)
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
	s.drop(id)
}

// askForAll asks for the end of every task that is open.
func (s *Session) askForAll(now time.Duration) {
	s.waits.clear()
	s.askForEnds(now, maps.Keys(s.tasks))
}

// askForNew asks for the ends of the tasks that the broker has not been asked for yet.
func (s *Session) askForNew(now time.Duration) {
	if len(s.unasked) > 0 {
		s.askForEnds(now, maps.Keys(s.unasked))
	}
}

// askForEnds asks for the ends of tasks, all that are unasked among them, in order of ID.
func (s *Session) askForEnds(now time.Duration, tasks iter.Seq[journal.ID]) {
	for _, m := range s.askLater(now, slices.SortedFunc(tasks, journal.ID.Compare)) {
		s.send(m)
	}
	s.unasked = make(map[journal.ID]struct{}) // the old one may be large, and slow to clear
}

// askLater makes Waits that are sent when it is time to repeat them, apart for the tasks
// whose starts and progress are wanted, too. A Wait has no answer of its own: it is
// repeated, at leisure, while any of its tasks is open that no later one names.
func (s *Session) askLater(now time.Duration, tasks []journal.ID) (waits []*wire.Wait) {
	for _, wantStart := range []bool{false, true} {
		some := slices.DeleteFunc(slices.Clone(tasks), func(id journal.ID) bool {
			return s.tasks[id].wantsStart() != wantStart
		})
		for chunk := range slices.Chunk(some, s.waitMax) {
			waits = append(waits, s.newWait(now, chunk, wantStart))
		}
	}
	return waits
}

// newWait makes a Wait for at most as many tasks as the broker takes in one.
func (s *Session) newWait(now time.Duration, tasks []journal.ID, wantStart bool) *wire.Wait {
	m := &wire.Wait{Req: s.newReq(), WantStart: wantStart, Tasks: tasks}
	for _, id := range tasks {
		s.tasks[id].asked = m.Req
	}
	s.waits.push(now, &request{msg: m})
	return m
}

// wantsStart tells whether anyone who waits for the task wants its start.
func (t *task) wantsStart() bool {
	return t.wantStart || slices.ContainsFunc(t.more, func(w watcher) bool { return w.wantStart })
}

// trim returns a Wait for what is left of another one to ask for, and tells whether
// that is nothing. What was sent before is never changed.
func (s *Session) trim(m *wire.Wait) (rest *wire.Wait, over bool) {
	tasks := slices.DeleteFunc(slices.Clone(m.Tasks), func(id journal.ID) bool {
		t := s.tasks[id]
		return t == nil || t.asked != m.Req
	})
	return &wire.Wait{Req: m.Req, WantStart: m.WantStart, Tasks: tasks}, len(tasks) == 0
}
