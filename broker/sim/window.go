package sim

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// window is what is on its way to each client: results that it was told and has not
// acknowledged.
type window struct {
	sessions map[wire.Peer]string
	onWay    map[string]map[journal.ID]int // bytes, by session; 0 once they have arrived
}

func newWindow() window {
	return window{sessions: map[wire.Peer]string{}, onWay: map[string]map[journal.ID]int{}}
}

// hear takes in who a client says it is, and what has arrived at it.
func (x *window) hear(from wire.Peer, m wire.Message) {
	switch m := m.(type) {
	case *wire.Hello:
		x.sessions[from] = m.Session
	case *wire.EndedAck:
		x.of(x.sessions[from])[m.Task] = 0 // also if it is about to be told
	}
}

// of returns what is on its way to a session.
func (x *window) of(session string) map[journal.ID]int {
	onWay := x.onWay[session]
	if onWay == nil {
		onWay = map[journal.ID]int{}
		x.onWay[session] = onWay
	}
	return onWay
}

// begin takes in that a client is welcome, and is another one than before unless its
// session goes on.
func (x *window) begin(to wire.Peer, resumed bool) {
	if !resumed {
		delete(x.onWay, x.sessions[to])
	}
}

// keepsWindow checks that no more is on its way to a client than may be, but for one result.
func (o *oracle) keepsWindow(to wire.Peer, m *wire.Ended) {
	most := o.w.plan.core.AckWindow
	if to.Dialect != wire.BCP2Client || most == 0 {
		return
	}
	session := o.window.sessions[to]
	onWay := o.window.of(session)
	others := 0
	for id, size := range onWay {
		if id != m.Task {
			others += size
		}
	}
	_, again := onWay[m.Task]
	if !again && others > 0 && others+len(m.Result) > most {
		o.w.fail("%v is told to %s, to which %d bytes are on their way, and may be %d", text{m}, session, others, most)
	}
	if !again {
		onWay[m.Task] = len(m.Result)
	}
	if others > 0 {
		o.w.cover.add("window", "several results are on their way")
	}
}
