package server

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// load returns the message of a send with its payload; or, if not all of it is wanted,
// the blob that has the payload. The core's own message stays as it is: it may be sent
// again, and shall not hold a payload until then. The message of a dispatch is put into
// loaded.
func (s *Server) load(send *broker.Send, whole bool, loaded *wire.Dispatch) (_ wire.Message, blob journal.Blob, err error) {
	switch m := send.Msg.(type) {
	case *wire.Dispatch:
		*loaded = *m
		loaded.Body, blob, err = s.body(m.BodyOf(), whole)
		if err == nil && send.Load == broker.LoadAttempt {
			loaded.Checkpoint, err = s.store.Checkpoint(send.Task)
		}
		return loaded, blob, err
	case *wire.Ended:
		if send.Load == broker.LoadResult {
			loaded := *m
			loaded.Result, blob, err = s.result(send.Task, whole)
			return &loaded, blob, err
		}
	}
	return send.Msg, blob, nil
}

// scarceEvery is how often a payload is tried to be read or written while peers have
// taken all descriptors.
const scarceEvery = 100 * time.Millisecond

// patiently does something with a large payload, beside the loop. While there is no
// descriptor for that it waits: nothing is wrong with the payload.
func (s *Server) patiently(do func() error) error {
	for {
		err := do()
		if !scarce(err) {
			return err
		}
		select {
		case <-s.stopped:
			return err
		case <-time.After(scarceEvery):
		}
	}
}

// scarce tells whether an error is that peers have taken all descriptors.
func scarce(err error) bool { return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) }

// failing takes in the error of what was done with a large payload. If it is the disk's,
// the loop ends as after a failed commit, and there is nothing to be told.
func (s *Server) failing(what string, err error) bool {
	if scarce(err) {
		return false
	}
	_ = s.archive.noteOf(what, err)
	return s.archive.failed != nil
}

// body returns a task's body. The cache is the loop's.
func (s *Server) body(id journal.ID, whole bool) (body []byte, blob journal.Blob, err error) {
	if whole {
		body, err = s.store.Body(id)
		return body, blob, err
	}
	if body, ok := s.bodies.get(id); ok {
		return body, blob, nil
	}
	return s.store.BodyOrBlob(id)
}

func (s *Server) result(id journal.ID, whole bool) (result []byte, blob journal.Blob, err error) {
	if whole {
		result, err = s.store.Result(id)
		return result, blob, err
	}
	return s.store.ResultOrBlob(id)
}

// unreadable handles a send whose payload is damaged or gone. The worker would wait for
// ever for a dispatch without a body, so the attempt is given up on its behalf. Of an end
// that has been pruned meanwhile, or whose result is damaged, the client is told that.
func (s *Server) unreadable(send broker.Send, err error) {
	if send.Load == broker.LoadResult && errors.Is(err, journal.ErrNotFound) {
		s.core.Pruned(send)
		return
	}
	if s.failing("read the journal", err) || s.outlived(&send, err) {
		return
	}
	s.complain(send.Task, err)
	switch m := send.Msg.(type) {
	case *wire.Dispatch:
		s.core.Step(s.now(), send.To, &wire.Outcome{
			Ref: m.Ref, Verdict: wire.VerdictRefused,
			Text: fmt.Sprintf("the broker cannot read what the attempt is to be given: %v", err),
		})
	case *wire.Ended:
		s.core.Damaged(send)
	}
}

// outlived tells whether a dispatch has no body because its task has ended in the same
// commit, most likely as its worker has gone.
func (s *Server) outlived(send *broker.Send, err error) bool {
	m, ok := send.Msg.(*wire.Dispatch)
	return ok && errors.Is(err, journal.ErrNotFound) && !s.core.Gives(m.Ref)
}

// damagesMax bounds the tasks of which it is remembered that their damage was logged.
const damagesMax = 1024

// complain logs that a payload cannot be read: once, however often it is asked for.
func (s *Server) complain(id journal.ID, err error) {
	if s.damaged[id] {
		return
	}
	if s.damaged == nil || len(s.damaged) == damagesMax {
		s.damaged = make(map[journal.ID]bool)
	}
	s.damaged[id] = true
	s.log.Error("payload cannot be read from the journal", "task", id, "error", err)
}
