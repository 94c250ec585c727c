package session

import (
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// task is an accepted task whose end has not come.
type task struct {
	tag  any
	more []any // tags beside the first: the same key submitted twice, a second Wait
}

// Wait asks to be told the end of a task, whoever submitted it. The broker is
// not asked for what it will tell this session anyway.
func (s *Session) Wait(id journal.ID, tag any) {
	if s.tasks[id] == nil {
		s.unasked = append(s.unasked, id)
	}
	s.watch(id, tag)
}

// Forget takes back a Wait or the interest in a submitted task: the tag gets no
// more events of it.
func (s *Session) Forget(id journal.ID, tag any) {
	t := s.tasks[id]
	if t == nil {
		return
	}
	if i := slices.Index(t.more, tag); i >= 0 {
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
	t.tag, t.more = t.more[0], t.more[1:]
}

// watch gives the tag a share in what is told of the task.
func (s *Session) watch(id journal.ID, tag any) {
	if t := s.tasks[id]; t != nil {
		t.more = append(t.more, tag)
		return
	}
	s.tasks[id] = &task{tag: tag}
}

// tell passes a word about a task on to everyone who waits for it.
func (s *Session) tell(id journal.ID, m wire.Message) {
	t := s.tasks[id]
	if t == nil {
		return
	}
	s.emit(t.tag, m)
	for _, tag := range t.more {
		s.emit(tag, m)
	}
}

// ended acknowledges an end, also one that nobody here waits for: the broker
// repeats it until then.
func (s *Session) ended(m *wire.Ended) {
	s.send(&wire.EndedAck{Task: m.Task})
	s.tell(m.Task, m)
	delete(s.tasks, m.Task)
}

// unknownTask takes in that the broker has no such task, or no longer.
func (s *Session) unknownTask(m *wire.Refuse) {
	var id journal.ID
	if id.UnmarshalText([]byte(m.Text)) != nil {
		return
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

// askForEnds sends the Waits that are to be sent, as many tasks in each as the
// broker takes. A Wait has no answer of its own: it is repeated, at leisure,
// while any of its tasks is open.
func (s *Session) askForEnds(now time.Duration) {
	for chunk := range slices.Chunk(s.unasked, s.waitMax) {
		m := &wire.Wait{Req: s.newReq(), Tasks: slices.Clone(chunk)}
		s.waits.push(now, &request{msg: m})
		s.send(m)
	}
	s.unasked = s.unasked[:0]
}

// trim returns a Wait for what is left of another one, and tells whether
// that is nothing. What was sent before is never changed.
func (s *Session) trim(m *wire.Wait) (rest *wire.Wait, over bool) {
	tasks := slices.DeleteFunc(slices.Clone(m.Tasks), func(id journal.ID) bool {
		return s.tasks[id] == nil
	})
	return &wire.Wait{Req: m.Req, Tasks: tasks}, len(tasks) == 0
}
