package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// A large payload is written down before the core hears of the message that it came
// with: by a goroutine of its own, while the loop goes on. Everything else its sender
// says meanwhile waits in a queue, but for beats, so that nothing overtakes. What is
// large in the queues is written as well, where there is room for it (claims.go): those who
// have sent it take turns.
//
//	SUBMIT 16 MiB ---> Store.Stage ............ ---> core.Step ---> commit: a reference
//	SUBMIT  1 MiB ---> Store.Stage ...               ---> core.Step
//	   CANCEL     ---> waits                           ---> core.Step
//	   BEAT       ---> core.Step
//	others        ---> core.Step ---> commit ...
type staging struct {
	bytes   int                  // of all that is in the queues
	most    int                  // of these; beyond that nothing is taken in
	queues  map[wire.Peer]*queue // of what peers have said since; none is empty
	turns   []wire.Peer          // whose payloads are written next: each that waits for that, once
	late    []wire.Peer          // whose words wait for room in the next batch
	first   bool                 // these come before what is taken in, every other turn
	writing int                  // messages whose payloads are being written
	claims  claims
}

// queue is what a peer has said, from the first message on that waits for its payloads, or
// for room in the next batch.
type queue struct {
	words []*queued
	large []*queued // of them, whose payloads nobody writes yet
	waits bool      // the first message waits for room
}

// queued is a message in the queue of its sender.
type queued struct {
	m       wire.Message
	size    int          // as staging.bytes counts it
	claim   broker.Claim // to room, if it has payloads
	retries []journal.ID // whose bodies are copied for it
	large   bool         // it has payloads to be written, or copied
	written bool         // they are, or the error tells why not
	err     error
}

func newStaging() staging {
	return staging{most: stageBytes, queues: make(map[wire.Peer]*queue)}
}

func (g *staging) full() bool { return g.bytes >= g.most }

// add puts a message, which came in these frames, at the end of its sender's queue.
func (g *staging) add(from wire.Peer, m wire.Message, frames [][]byte) *queued {
	q := g.queues[from]
	if q == nil {
		q = &queue{}
		g.queues[from] = q
	}
	word := &queued{m: m, size: heldCost + taskCost*newTasks(m) + sizeOf(frames)}
	q.words = append(q.words, word)
	g.bytes += word.size
	return word
}

// want has the payloads of a message written when it is its sender's turn.
func (g *staging) want(from wire.Peer, word *queued, claim broker.Claim, retries []journal.ID) {
	word.large, word.claim, word.retries = true, claim, retries
	g.claims.made.Add(claim)
	q := g.queues[from]
	if len(q.large) == 0 {
		g.turns = append(g.turns, from)
	}
	q.large = append(q.large, word)
}

// next takes out the message whose payloads are written next, nil for none.
func (g *staging) next() (from wire.Peer, word *queued) {
	if len(g.turns) == 0 || g.writing == stageMax {
		return from, nil
	}
	from, g.turns = g.turns[0], g.turns[1:]
	q := g.queues[from]
	word = q.large[0]
	q.large[0] = nil // for its payloads
	q.large = q.large[1:]
	if len(q.large) > 0 {
		g.turns = append(g.turns, from)
	}
	return from, word
}

// take gives a message to the core, or lets it wait for what has to be written
// before. It came in these frames.
func (s *Server) take(now broker.Instant, from wire.Peer, m wire.Message, frames [][]byte) {
	if len(s.lanes) > 0 {
		s.confirm(from, m)
	}
	waits := s.staging.queues[from] != nil
	if !waits && s.crowded() { // by what was before it in a bundle
		s.staging.add(from, m, frames)
		s.staging.late = append(s.staging.late, from)
		return
	}
	if waits && wire.IsBeat(m) {
		s.give(now, from, m)
		return
	}
	var retries []journal.ID
	if !waits { // else they are looked for when all before has been heard
		retries = s.retries(m)
	}
	claim, room := s.judge(m, retries)
	switch {
	case room == roomThere:
		s.staging.want(from, s.staging.add(from, m, frames), claim, retries)
		s.stage()
	case waits:
		s.staging.add(from, m, frames)
	case room == roomLater:
		s.staging.add(from, m, frames)
		s.staging.await(from)
	default:
		s.give(now, from, m)
	}
}

// resume gives the core what peers have said that there was no room for in the last batch.
func (s *Server) resume() {
	for len(s.staging.late) > 0 && !s.crowded() {
		from := s.staging.late[0]
		s.staging.late = s.staging.late[1:]
		if s.staging.queues[from] != nil {
			s.advance(from)
			s.stage()
		}
	}
}

// advance gives the core what a peer has said, up to the first message whose payloads are
// not written, or that the next batch has no room for. The bodies of retries are those of
// the tasks as they are by then.
func (s *Server) advance(from wire.Peer) {
	q := s.staging.queues[from]
	for ; len(q.words) > 0; q.words = q.words[1:] {
		if s.crowded() {
			s.staging.late = append(s.staging.late, from)
			return
		}
		word := q.words[0]
		if !s.ready(from, word) {
			return
		}
		q.words[0] = nil // for its payloads
		s.staging.bytes -= word.size
		if word.large {
			s.staging.claims.left.Add(word.claim)
			s.staged(from, word)
		} else {
			s.give(s.now(), from, word.m)
		}
	}
	delete(s.staging.queues, from)
}

// ready tells whether the first message of a peer may go to the core. If it has payloads to
// be written, or copied, that nobody writes yet, it is their turn first.
func (s *Server) ready(from wire.Peer, word *queued) bool {
	if word.large {
		return word.written
	}
	retries := s.retries(word.m)
	claim, room := s.judge(word.m, retries)
	switch room {
	case roomThere:
		s.staging.want(from, word, claim, retries)
	case roomLater:
		s.staging.await(from)
	}
	return room == roomNone
}

func (s *Server) give(now broker.Instant, from wire.Peer, m wire.Message) {
	if r, ok := m.(*wire.Register); ok && len(s.lanes) > 0 {
		s.register(now, from, r)
	} else {
		s.core.Step(now, from, m)
	}
}

// large lists the payloads of a message that have to be written beside the loop.
// What is over the limit is not among them: the core refuses it.
func (s *Server) large(m wire.Message) []wire.Payload {
	return wire.Large(m, s.cfg.BlobMin, s.cfg.Core.BodyMax)
}

// What a message takes in memory beside the bytes that it came in, about.
const (
	heldCost = 256
	taskCost = 512 // of each new task
)

// stage has large payloads written, or copied for retries, for as many messages as
// may be at a time.
func (s *Server) stage() {
	for from, word := s.staging.next(); word != nil; from, word = s.staging.next() {
		s.staging.writing++
		s.beside.Go(func() {
			err := s.patiently(func() error { return s.write(word.m, word.retries) })
			// Without a loop there is nobody to be told, and nothing refers to the blobs.
			_ = s.do(context.Background(), func() {
				s.staging.writing--
				word.written, word.err = true, err
				s.advance(from)
				s.stage()
			})
		})
	}
}

// write writes the large payloads of a message and puts the blobs into their places.
func (s *Server) write(m wire.Message, retries []journal.ID) error {
	if retries != nil {
		return s.copyBodies(m, retries)
	}
	for _, p := range s.large(m) {
		if p.Submit != nil {
			s.setDigest(p.Submit)
			p.Submit.Written = *p.Bytes
		}
		blob, err := s.store.Stage(*p.Bytes)
		if err != nil {
			return err
		}
		*p.Bytes, *p.Stored = nil, blob
	}
	return nil
}

// setDigest writes the digest of a submit, and those of older builds if one of them may have
// accepted it under its key. It may be called beside the loop.
func (s *Server) setDigest(m *wire.Submit) {
	broker.SetDigest(m)
	if m.Spec.Key == "" {
		return
	}
	if _, known, err := s.store.ByKey(m.Spec.Key); known || err != nil {
		broker.SetOlderDigests(m)
	}
}

// staged gives the core a message whose payloads are written.
func (s *Server) staged(from wire.Peer, word *queued) {
	if word.err != nil {
		s.unwritten(from, word.m, word.err)
		s.discard(word.m, nil)
		return
	}
	s.gather() // so that what follows is of this message alone
	s.core.Step(s.now(), from, word.m)
	effects := s.core.Take()
	s.discard(word.m, effects.Records)
	s.bodies.noteLarge(effects.Records, word.m)
	s.absorb(effects)
}

// discard removes the blobs of a message that no record refers to: what was
// refused, or is known already, or is tried again.
func (s *Server) discard(m wire.Message, records []journal.Record) {
	for _, p := range wire.Payloads(m) {
		used := slices.ContainsFunc(records, func(r journal.Record) bool { return r.Blob.ID == p.Stored.ID })
		if !p.Stored.IsZero() && !used {
			s.store.Discard(*p.Stored)
		}
	}
}

// unwritten tells the sender that its payload cannot be written, for there is no room. A
// worker repeats an outcome until it is acknowledged; one of BCP/1 can't, so its attempt
// has failed.
func (s *Server) unwritten(from wire.Peer, m wire.Message, err error) {
	code := wire.CodeInternal
	if errors.Is(err, journal.ErrFull) {
		code = wire.CodeDiskFull
	} else if s.failing("write beside the journal", err) {
		return
	}
	if times, log := s.unplaced.happens(time.Since(s.started)); log {
		s.log.Error("payload cannot be written beside the journal", "payloads", times, "peer", from, "error", err)
	}
	no := wire.Errorf(code, "the broker cannot write the body: %v", err)
	switch m := m.(type) {
	case *wire.Submit:
		no.Req, no.Key, no.Target = m.Req, m.Spec.Key, m.Spec.Target
	case *wire.SubmitBatch:
		no.Req = m.Req
	case *wire.Resolve:
		no.Req, no.Key = m.Req, m.Key
	case *wire.Change:
		no.Req = m.Req
	case *wire.Outcome:
		if from.Dialect == wire.BCP1Worker {
			s.core.Step(s.now(), from, &wire.Outcome{
				Ref: m.Ref, Verdict: wire.VerdictFailed, Text: "the broker cannot write the result: " + err.Error(),
			})
		}
		return
	}
	s.core.Malformed(s.now(), from, no)
}
