package broker

import (
	"bytes"
	"fmt"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// BenchmarkLife has 256 workers do tasks with keys, each of which is started, ends and is
// acknowledged: all that a task takes of the codec and the core, but for the journal. What
// they say comes by whole turns, as in the loop.
func BenchmarkLife(b *testing.B) {
	l := newLives(b, 256, 4, 768)
	b.ReportAllocs()
	b.ResetTimer()
	for l.ended = 0; l.ended < b.N; {
		l.turn()
	}
}

// lives is a core with workers that do everything at once, and clients who submit a task
// for each that ends. What these say is made of what they have said before, for it is not
// what is measured.
type lives struct {
	*Broker
	tb    testing.TB
	keys  int
	ended int
	said  []said // what the peers say next
	heard []said // what they said last
	in    wire.Decoder
	out   wire.Encoder

	submit, begun, outcome, ack []byte // heads to be filled in
	body                        []byte
}

// said is a message as it comes in.
type said struct {
	peer   wire.Peer
	frames [2][]byte
	count  int
}

// livesKey is the key of the tasks, with room for a number.
const livesKey = "a-session-with-a-long-name/00000000"

func newLives(tb testing.TB, workers, clients, open int) *lives {
	l := &lives{
		Broker: New(Config{}, journal.NewMemDisk("lives").Open(), &room{}, journal.ID{}),
		tb:     tb, body: make([]byte, 200),
	}
	spec := &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "bench"}, Tries: 1, Key: livesKey}
	ref := wire.Ref{Attempt: 1}
	l.submit = l.head(wire.BCP2Client, &wire.Submit{Spec: spec})
	l.ack = l.head(wire.BCP2Client, &wire.EndedAck{})
	l.begun = l.head(wire.BCP2Worker, &wire.Begun{Ref: ref})
	l.outcome = l.head(wire.BCP2Worker, &wire.Outcome{Ref: ref, Verdict: wire.VerdictDone})
	for w := range workers {
		peer := wire.Peer{Dialect: wire.BCP2Worker, Route: fmt.Sprintf("%05d", w)}
		l.say(peer, l.head(peer.Dialect, &wire.Register{
			Name: fmt.Sprint("w", w), Instance: [16]byte{1}, Slots: 1, Services: []string{"bench"},
		}))
	}
	for c := range clients {
		client := wire.Peer{Dialect: wire.BCP2Client, Route: fmt.Sprintf("c%04d", c)}
		l.say(client, l.head(client.Dialect, &wire.Hello{Session: fmt.Sprint("session-", c)}))
		for range open / clients {
			l.ask(client)
		}
	}
	for l.ended < 10*open {
		l.turn()
	}
	return l
}

func (l *lives) head(d wire.Dialect, m wire.Message) []byte {
	frames, err := wire.Encode(nil, d, m)
	if err != nil {
		l.tb.Fatal(err)
	}
	return frames[0]
}

// say has a peer say what its head and body are; the turn after next needs them no more.
func (l *lives) say(peer wire.Peer, head []byte, body ...[]byte) {
	s := said{peer: peer, count: 1 + len(body)}
	if n := len(l.said); n < cap(l.said) {
		s.frames[0] = l.said[:n+1][n].frames[0]
	}
	s.frames[0] = append(s.frames[0][:0], head...)
	copy(s.frames[1:], body)
	l.said = append(l.said, s)
}

// sayOf is say for a head that names a task, which stands first in all of them.
func (l *lives) sayOf(peer wire.Peer, head []byte, task journal.ID) {
	copy(head[7:], task[:])
	l.say(peer, head)
}

// ask submits a task under a new key.
func (l *lives) ask(client wire.Peer) {
	l.keys++
	at := bytes.Index(l.submit, []byte(livesKey)) + len(livesKey)
	for n := l.keys; n > 0; n /= 10 {
		at--
		l.submit[at] = byte('0' + n%10)
	}
	l.say(client, l.submit, l.body)
}

// turn takes in all that was said, and answers what comes of it.
func (l *lives) turn() {
	l.said, l.heard = l.heard[:0], l.said
	for i := range l.heard {
		s := &l.heard[i]
		_, m, err := l.in.Decode(s.frames[:s.count], wire.ToBroker)
		if err != nil {
			l.tb.Fatal(err)
		}
		l.Step(Instant{}, s.peer, m)
	}
	out := l.Take()
	l.Committed(out.Mark)
	for i := range out.Sends {
		l.answer(&out.Sends[i])
	}
	l.Reuse(out)
}

func (l *lives) answer(s *Send) {
	if _, err := l.out.Encode(s.To.Dialect, s.Msg); err != nil {
		l.tb.Fatal(err)
	}
	switch m := s.Msg.(type) {
	case *wire.Dispatch:
		l.sayOf(s.To, l.begun, m.Task)
		l.sayOf(s.To, l.outcome, m.Task)
	case *wire.Ended:
		l.ended++
		l.sayOf(s.To, l.ack, m.Task)
		l.ask(s.To)
	}
}
