package server

import (
	"context"
	"errors"
	"time"

	"bcp/broker"
	"bcp/broker/answer"
	"bcp/broker/wire"
)

const (
	// findsMax is how many answers wait to be filled in, one after another: each
	// takes about 100 ms at most. More are refused.
	findsMax = 64

	// findsEach is how many of these one peer may have: others find room beside one that
	// asks without end.
	findsEach = 16

	// lookRest is for how many times as long as the loop was looked into it is left alone
	// then: an explanation may take 10 ms of it, and who asks for one after another is to
	// have a tenth of the loop at most.
	lookRest = 9
)

// find has an answer filled in beside the loop: to look through the journal takes
// longer than others can wait.
func (s *Server) find(send broker.Send) {
	if s.asked[send.To] < findsEach {
		select {
		case s.finds <- send:
			s.asked[send.To]++
			return
		default:
		}
	}
	s.answer(send, &wire.Refuse{Req: answer.Req(send.Msg), Code: wire.CodeBusy, Text: "too many searches at a time: ask again later"})
}

// told takes in that a search of a peer is over.
func (s *Server) told(peer wire.Peer) {
	if s.asked[peer]--; s.asked[peer] == 0 {
		delete(s.asked, peer)
	}
}

// fill fills in answers until the loop has ended.
func (s *Server) fill() {
	for send := range s.finds {
		m := s.found(send)
		// Without a loop nobody is there to be told.
		_ = s.do(context.Background(), func() {
			s.told(send.To)
			s.answer(send, m)
		})
	}
}

// found returns what a search is answered with.
func (s *Server) found(send broker.Send) wire.Message {
	m, err := answer.Fill(s.store, s.peek, send, s.cfg.Wall().UnixMilli())
	if err == nil {
		return m
	}
	var no *wire.Error
	if !errors.As(err, &no) {
		s.log.Error("journal cannot be searched", "answer", send.Msg, "error", err)
		no = wire.Errorf(wire.CodeInternal, "can't search the journal: %v", err)
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
