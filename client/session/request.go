package session

import (
	"fmt"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// request is a message that is sent until it is answered.
type request struct {
	msg  wire.Message
	tag  any
	tags []any         // of a batch: one for each task, instead
	due  time.Duration // when it is sent again
	left bool          // it was congested when it was sent, or later, and has left since
	over bool          // answered; the queue drops it when it comes by
}

// full is the answer to a request that there is no room for.
var full = &wire.Refuse{Code: wire.CodeBusy, Text: "as many requests and tasks are outstanding as may be"}

// CanAsk tells whether there is room for one more request that is no Submit.
func (s *Session) CanAsk() bool { return len(s.unanswered) < s.cfg.UnansweredMax }

// CanSubmit tells whether there is room for one more Submit.
func (s *Session) CanSubmit() bool {
	return s.CanAsk() && len(s.unanswered)+s.batched+len(s.tasks) < s.cfg.TasksMax
}

// Submit asks for a task. The session fills in the request's number, and a key if the spec
// has none; the message is the session's from then on. It is refused with wire.CodeBusy
// when CanSubmit is false.
func (s *Session) Submit(now time.Duration, m *wire.Submit, tag any) {
	s.ask(now, s.CanSubmit(), &request{msg: m, tag: tag})
}

// giveKey makes up a key for a submit that has none.
func (s *Session) giveKey(m *wire.Submit) {
	if m.Spec.Key == "" {
		m.Spec.Key = s.newKey()
	}
}

// Ask asks for anything else. The session fills in the request's number, and what the keys
// of retries are or begin with, if the message doesn't say; the message is the session's
// from then on. It is refused with wire.CodeBusy when CanAsk is false.
func (s *Session) Ask(now time.Duration, m wire.Message, tag any) {
	s.ask(now, s.CanAsk(), &request{msg: m, tag: tag})
}

// ask keeps a request that there is room for until it is answered, and sends it if it can be.
func (s *Session) ask(now time.Duration, room bool, r *request) {
	if !room {
		s.tellAsker(r, full)
		return
	}
	req := s.newReq()
	s.fillIn(r.msg, req)
	s.batched += len(r.tags)
	s.unanswered[req] = r
	s.resends.push(now, r)
	if s.state == open {
		s.sendRequest(r)
	}
}

func (s *Session) fillIn(m wire.Message, req uint32) {
	switch m := m.(type) {
	case *wire.Submit:
		s.giveKey(m)
		m.Req = req
	case *wire.SubmitBatch:
		for i := range m.Submits {
			s.giveKey(&m.Submits[i])
		}
		m.Req = req
	case *wire.Cancel:
		m.Req = req
	case *wire.Hold:
		m.Req = req
	case *wire.Release:
		m.Req = req
	case *wire.Edit:
		m.Req = req
	case *wire.Query:
		m.Req = req
	case *wire.Find:
		m.Req = req
	case *wire.Show:
		m.Req = req
	case *wire.Limit:
		m.Req = req
	case *wire.Resolve:
		m.Req = req
		if m.Verb == wire.ResolveRetry && m.NewKey == "" {
			m.NewKey = s.newKey()
		}
	case *wire.Change:
		m.Req = req
		if m.Do == wire.ChangeRetry && len(m.Tasks) > 0 && m.NewKeys == "" {
			m.NewKeys = s.newKey()
		}
	default:
		panic(fmt.Sprintf("a client asks nothing by %T", m))
	}
}

// sendRequest sends a request, or refuses it in the broker's place: one that takes
// no such body closes the connection, again and again.
func (s *Session) sendRequest(r *request) {
	if no := s.oversize(r.msg); no != nil {
		s.answer(no.Req, no)
		return
	}
	s.send(r.msg)
}

// oversize returns the refusal of a body that is larger than the broker takes, nil
// for anything else.
func (s *Session) oversize(m wire.Message) *wire.Refuse {
	req, size := uint32(0), 0
	switch m := m.(type) {
	case *wire.Submit:
		req, size = m.Req, len(m.Body)
	case *wire.SubmitBatch:
		req = m.Req
		for i := range m.Submits {
			size += len(m.Submits[i].Body)
		}
	}
	if s.bodyMax == 0 || size <= s.bodyMax {
		return nil
	}
	return &wire.Refuse{
		Req: req, Code: wire.CodeTooLarge,
		Text: fmt.Sprintf("body has %d bytes: at most %d are accepted", size, s.bodyMax),
	}
}

// newReq numbers a request. 0 means none, and is left out when the numbers
// start again.
func (s *Session) newReq() uint32 {
	s.lastReq++
	if s.lastReq == 0 {
		s.lastReq = 1
	}
	return s.lastReq
}

// newKey makes a key that nobody else uses.
func (s *Session) newKey() string {
	s.lastKey++
	s.key = wire.AppendCountedKey(s.key[:0], s.cfg.Keys, s.lastKey)
	return string(s.key)
}

// Refuse answers a request in the broker's place: it could not be sent.
func (s *Session) Refuse(m *wire.Refuse) { s.answer(m.Req, m) }

// answer gives the answer to who asked. A second one finds nobody.
func (s *Session) answer(req uint32, m wire.Message) {
	r := s.unanswered[req]
	if r == nil {
		return
	}
	s.settle(req, r)
	s.tellAsker(r, m)
}

func (s *Session) tellAsker(r *request, m wire.Message) {
	if r.tags == nil {
		s.emit(r.tag, m)
	}
	for _, tag := range r.tags {
		s.emit(tag, m)
	}
}

// status answers a request, or tells that a task was put aside: nobody has asked
// for that then.
func (s *Session) status(m *wire.Status) {
	if m.Req == 0 {
		s.tell(m.Task.ID, m)
		return
	}
	s.answer(m.Req, m)
}

// settle ends a request. The queue may hold it a while longer, so it lets go
// of the message and its body.
func (s *Session) settle(req uint32, r *request) {
	r.msg, r.over = nil, true
	s.batched -= len(r.tags)
	delete(s.unanswered, req)
}

// accepted notes the task that a submit has made, and whose end is awaited. To
// a submit that it knows the broker tells the end once more, so that one which
// came before its task's name is not missed. Should that be lost while another
// telling of the same end is acknowledged, nobody repeats it: it is asked for.
func (s *Session) accepted(now time.Duration, m *wire.Accepted) {
	r := s.unanswered[m.Req]
	if r == nil {
		return
	}
	submit, ok := r.msg.(*wire.Submit)
	if !ok {
		return
	}
	s.settle(m.Req, r)
	if s.acceptedOne(submit, m, r.tag) {
		s.askLater(now, []journal.ID{m.Task})
	}
}

// acceptedOne notes a task, and tells whether its end is to be asked for later.
func (s *Session) acceptedOne(submit *wire.Submit, m *wire.Accepted, tag any) bool {
	s.emit(tag, m)
	if submit.Quiet {
		return false
	}
	s.watch(m.Task, watcher{tag: tag, wantStart: submit.WantStart})
	return m.Known
}
