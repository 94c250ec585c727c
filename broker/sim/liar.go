package sim

import (
	"bytes"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// liar is a peer that says what isn't true, and what is no message at all. It
// never speaks on its own between its lies, so that the broker finds it gone.
type liar struct {
	actor
}

func newLiar(w *world, i int) *liar {
	l := &liar{actor: actor{w: w, name: fmt.Sprint("liar", i)}}
	l.after = func() {}
	l.begin()
	return l
}

// lies are what a liar says.
var lies = []func(*liar){
	(*liar).claimOutcome, (*liar).claimOutcome, (*liar).claimBegun, (*liar).claimInventory, (*liar).claimName, (*liar).claimNoName, (*liar).claimOthers,
	(*liar).claimSession, (*liar).registerSelf, (*liar).askNonsense, (*liar).claimState, (*liar).claimTime, (*liar).garbage, (*liar).damage,
}

// lie says one thing that isn't true.
func (l *liar) lie() {
	if l.conn == nil || l.w.chance(200) {
		l.connect()
	}
	pick(l.w, lies)(l)
}

func (l *liar) connect() { l.dial(conn{}, func(wire.Message) {}) }

// payloadOfLies is what no honest worker gives.
const payloadOfLies = "lies"

// ref returns an attempt that there was, is or may be.
func (l *liar) ref() wire.Ref {
	ref := wire.Ref{Task: journal.ID{1}, Attempt: 1}
	if refs := l.w.oracle.refs; len(refs) > 0 {
		ref = refs[max(len(refs)-1-l.w.rand.IntN(10), 0)]
	}
	switch l.w.rand.IntN(10) {
	case 0:
		ref.Attempt++
	case 1:
		ref.Attempt = 1
	}
	return ref
}

func (l *liar) claimOutcome() {
	l.say(wire.BCP2Worker, &wire.Outcome{
		Ref: l.ref(), Verdict: wire.Verdict(1 + l.w.rand.IntN(8)), Payload: []byte(payloadOfLies), Text: payloadOfLies,
	})
}

func (l *liar) claimState() {
	l.say(wire.BCP2Worker, &wire.Checkpoint{Ref: l.ref(), Seq: 1 + l.w.rand.Uint32N(9), State: []byte(payloadOfLies)})
}

func (l *liar) claimTime() {
	l.say(wire.BCP2Worker, &wire.Extend{Ref: l.ref(), Seq: 9, Option: pick(l.w, journal.Extendable), LeftMS: 1})
}

func (l *liar) claimBegun() { l.say(wire.BCP2Worker, &wire.Begun{Ref: l.ref()}) }

func (l *liar) claimInventory() {
	l.say(wire.BCP2Worker, &wire.WorkerBeat{
		Seen: l.w.rand.Uint64N(100), Inventory: []wire.Item{{Ref: l.ref(), Phase: wire.PhaseRunning}},
	})
}

// claimName wants the name of a worker, which it gets when that one is away.
func (l *liar) claimName() { l.register(pick(l.w, l.w.workers).name) }

// claimOthers becomes a worker, and ends what others have.
func (l *liar) claimOthers() {
	l.register(l.name)
	l.claimOutcome()
}

// claimNoName wants a name that nobody may have, and that no codec would write.
func (l *liar) claimNoName() {
	l.connect()
	frames, err := wire.Encode(nil, wire.BCP2Worker, &wire.Register{Name: "no_name", Instance: [16]byte{1}, Slots: 1})
	if err != nil {
		l.w.fail("a lie cannot be encoded: %v", err)
	}
	frames[0] = bytes.Replace(frames[0], []byte("no_name"), []byte("no name"), 1)
	l.conn.send(frames)
}

// registerSelf becomes a worker that does nothing, and asks to shut a
// worker down, as no client may.
func (l *liar) registerSelf() {
	l.register(l.name)
	l.conn.send([][]byte{{}, []byte("BCPC01"), []byte(l.name), {3}, []byte("1")})
}

// register claims a name, on a connection that has no other.
func (l *liar) register(name string) {
	l.connect()
	m := &wire.Register{Name: name, Slots: 1, Services: serviceNames[:l.w.rand.IntN(2)]}
	m.Instance[0] = byte(l.w.rand.Uint32())
	l.say(wire.BCP2Worker, m)
}

// claimSession takes a client's session over, for a moment.
func (l *liar) claimSession() {
	c := pick(l.w, l.w.clients)
	l.say(wire.BCP2Client, &wire.Hello{Session: c.session()})
	l.conn.linger()
	l.hangUp()
}

// askNonsense asks for what no task can be, or about tasks that nobody knows.
func (l *liar) askNonsense() {
	l.say(wire.BCP2Client, &wire.Hello{Session: l.name})
	id := journal.ID{2}
	for _, m := range []wire.Message{
		&wire.Cancel{Req: 1, Task: id}, &wire.Query{Req: 2, Key: "no such key"},
		&wire.Wait{Req: 3, WantStart: true, Tasks: []journal.ID{id, l.ref().Task}}, &wire.EndedAck{Task: l.ref().Task},
		&wire.Submit{Req: 4, Spec: &journal.Spec{
			Tries: 1, Target: journal.Target{Kind: journal.ToWorker, Name: "nobody"}, Key: "lies",
		}, Body: make([]byte, bodyMax+1)},
	} {
		l.say(wire.BCP2Client, m)
	}
}

// garbage sends frames that are nothing.
func (l *liar) garbage() {
	frames := make([][]byte, 1+l.w.rand.IntN(4))
	for i := range frames {
		frames[i] = make([]byte, l.w.rand.IntN(20))
		for b := range frames[i] {
			frames[i][b] = byte(l.w.rand.Uint32())
		}
	}
	if l.w.chance(700) {
		names := []string{"BCPC02", "BCPW02", "BCPC01", "BCPW01"}
		frames[0] = append([]byte(pick(l.w, names)), frames[0]...)
	}
	l.conn.send(frames)
}

// damage sends a message with a byte changed or the end cut off.
func (l *liar) damage() {
	frames, err := wire.Encode(nil, wire.BCP2Worker, &wire.Outcome{
		Ref: l.ref(), Verdict: wire.VerdictDone, Payload: []byte(payloadOfLies),
	})
	if err != nil {
		l.w.fail("a lie cannot be encoded: %v", err)
	}
	head := bytes.Clone(frames[0])
	if l.w.chance(500) {
		head = head[:l.w.rand.IntN(len(head))]
	} else {
		head[l.w.rand.IntN(len(head))] ^= byte(1 << l.w.rand.IntN(8))
	}
	l.conn.send([][]byte{head, frames[1]})
}
