package server

import (
	"context"

	"bcp/broker"
	"bcp/broker/wire"
)

// findsMax is how many answers wait to be filled in, one after another: each
// takes about 100 ms at most. More are refused.
const findsMax = 64

// find has an answer filled in beside the loop: to look through the journal takes
// longer than others can wait.
func (s *Server) find(send broker.Send) {
	select {
	case s.finds <- send:
	default:
		s.answer(send, &wire.Refuse{Req: send.Msg.(*wire.Found).Req, Code: wire.CodeBusy, Text: "too many searches at a time: ask again later"})
	}
}

// fill fills in answers until the loop has ended.
func (s *Server) fill() {
	for send := range s.finds {
		answer := s.page(send.Msg.(*wire.Found))
		// Without a loop nobody is there to be told.
		_ = s.do(context.Background(), func() { s.answer(send, answer) })
	}
}

func (s *Server) page(m *wire.Found) wire.Message {
	page, err := broker.FillFound(s.store, m, s.cfg.Wall().UnixMilli())
	if err != nil {
		s.log.Error("journal cannot be searched", "filter", m.Of.Filter, "error", err)
		return &wire.Refuse{Req: m.Req, Code: wire.CodeInternal, Text: "can't search the journal: " + err.Error()}
	}
	return page
}

// answer has a message sent in the loop's next turn.
func (s *Server) answer(to broker.Send, m wire.Message) {
	s.next.sends = append(s.next.sends, broker.Send{To: to.To, Msg: m})
}
