package server

import (
	"context"
	"errors"
	"time"

	"bcp/broker"
	"bcp/broker/answer"
	"bcp/broker/wire"
)

// lookRest is how long the loop is left alone after a look into it, as many times as long as
// the look took: an explanation may take 10 ms, and a client who asks for one after another is
// to have a tenth of the loop at most.
const lookRest = 9

// fillLater has an answer filled in beside the loop: to look through the journal takes
// longer than others can wait.
func (s *Server) fillLater(send broker.Send) {
	if refused, full := s.questions.add(s.core.ClientOf(send.To), send); full {
		s.answer(refused, &wire.Refuse{Req: answer.Req(refused.Msg), Code: wire.CodeBusy, Text: "too many questions at a time: ask again later"})
	}
	s.fillNext()
}

// fillNext has the next answer filled in, unless one is under way.
func (s *Server) fillNext() {
	if s.filling {
		return
	}
	if send, ok := s.questions.next(); ok {
		s.filling = true
		s.asked <- send
	}
}

// fill fills in answers until the loop has ended.
func (s *Server) fill() {
	for send := range s.asked {
		m := s.answerTo(send)
		// Without a loop nobody is there to be told.
		_ = s.do(context.Background(), func() {
			s.filling = false
			s.answer(send, m)
			s.fillNext()
		})
	}
}

// answerTo returns what a question is answered with.
func (s *Server) answerTo(send broker.Send) wire.Message {
	m, err := answer.Fill(s.store, s.peek, send, s.cfg.Wall().UnixMilli())
	if err == nil {
		return m
	}
	var no *wire.Error
	if !errors.As(err, &no) {
		s.log.Error("question cannot be answered", "answer", send.Msg, "error", err)
		no = wire.Errorf(wire.CodeInternal, "can't answer the question: %v", err)
	}
	return &wire.Refuse{Req: answer.Req(send.Msg), Code: no.Code, Text: no.Text}
}

// peek is Inspect for what is filled in, and leaves the loop alone for a while.
func (s *Server) peek(fn func(now broker.Instant, b *broker.Broker)) error {
	var took time.Duration
	err := s.Inspect(context.Background(), func(now broker.Instant, b *broker.Broker) {
		begun := time.Now()
		fn(now, b)
		took = time.Since(begun)
	})
	select {
	case <-time.After(lookRest * took):
	case <-s.stopped:
	}
	return err
}

// answer has a message sent in the loop's next turn.
func (s *Server) answer(to broker.Send, m wire.Message) {
	s.next.sends = append(s.next.sends, broker.Send{To: to.To, Msg: m})
}
