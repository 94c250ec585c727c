package broker

import (
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// A replay goes through the tasks in portions, so that others are served meanwhile. What asks
// for no more tasks than ReplayPortion is answered at once, but for workers that are waited for.
const (
	ReplayPortion = 1000
	replayPause   = 5 * time.Millisecond
)

// replay is one operator's request to look again at what has not ended. It is
// open until every worker that has one of the tasks has spoken or is gone.
type replay struct {
	req   uint32
	peer  wire.Peer
	dry   bool
	todo  []journal.ID
	tasks int
	open  map[*worker][]replayItem // by the worker that is waited for
	timer timer                    // the next portion
}

type replayItem struct {
	task    journal.ID
	attempt uint32
	before  journal.State
}

// replay does on demand what a restart does: pending tasks are offered to
// workers, active ones are compared with what their workers say.
func (b *Broker) replay(now Instant, from wire.Peer, m *wire.Replay) {
	if from.Dialect != wire.Local {
		b.refuse(from, &wire.Refuse{Req: m.Req, Code: wire.CodeNotAllowed, Text: "replay is for operators: use the admin address"})
		return
	}
	r := &replay{req: m.Req, peer: from, dry: m.DryRun, todo: m.Tasks, open: make(map[*worker][]replayItem)}
	if len(r.todo) == 0 {
		r.todo = b.liveIDs()
	}
	b.replays = append(b.replays, r)
	r.due(b, now)
}

// liveIDs lists the tasks that have not ended in order of ID.
func (b *Broker) liveIDs() []journal.ID {
	ids := make([]journal.ID, 0, b.tasks.len)
	b.tasks.each(func(t *task) {
		if !t.over() {
			ids = append(ids, t.ID)
		}
	})
	slices.SortFunc(ids, journal.ID.Compare)
	return ids
}

// due goes through the next portion of the tasks.
func (r *replay) due(b *Broker, now Instant) {
	n := min(len(r.todo), ReplayPortion)
	for _, id := range r.todo[:n] {
		b.replayTask(now, r, id)
	}
	if r.todo = r.todo[n:]; len(r.todo) > 0 {
		b.arm(&r.timer, r, now.Mono+replayPause)
	}
	b.closeReplays()
}

// replayTask looks again at one task, or asks its worker.
func (b *Broker) replayTask(now Instant, r *replay, id journal.ID) {
	t := b.live(id)
	switch {
	case t == nil:
		b.replayEnded(r, id)
	case r.dry || t.State == journal.Pending || t.Tally != nil:
		before, action := t.State, b.plan(now, t)
		if !r.dry {
			b.fillNext(now, t)
		}
		b.replayRow(r, replayItem{task: id, before: before}, t.Worker, "", action)
	case t.worker.live && t.worker.noInventory():
		if t.stopped() {
			b.sendStop(t)
		}
		b.replayRow(r, replayItem{task: id, before: t.State}, t.Worker, "can't say (BCP/1)", b.plan(now, t))
	case t.worker.lost():
		b.replayRow(r, replayItem{task: id, before: t.State}, t.Worker, "away", b.plan(now, t))
	default:
		b.replayAsk(r, t)
	}
}

// replayAsk asks a worker for its inventory, once for all its tasks. One that
// is away has the rest of its grace to come back.
func (b *Broker) replayAsk(r *replay, t *task) {
	w := t.worker
	if len(r.open[w]) == 0 && w.live {
		b.send(w.peer, &wire.Beat{Ask: true})
	}
	r.open[w] = append(r.open[w], replayItem{task: t.ID, attempt: t.Attempt, before: t.State})
}

// replayEnded answers for a task that has ended, or that nobody knows.
func (b *Broker) replayEnded(r *replay, id journal.ID) {
	known, err := b.lookup(id)
	if err != nil {
		b.send(r.peer, &wire.Refuse{Req: r.req, Code: wire.CodeUnknownTask, Text: unknownText(id, "")})
		return
	}
	b.replayRow(r, replayItem{task: id, before: known.State}, known.Worker, "", "none: it has ended")
}

// replaySaid closes the rows of a worker that has just been reconciled.
func (b *Broker) replaySaid(w *worker, inventory []wire.Item) {
	if len(b.replays) == 0 {
		return
	}
	said := make(map[wire.Ref]string, len(inventory))
	for _, item := range inventory {
		said[item.Ref] = phaseText(item.Phase)
	}
	b.closeRows(w, func(i replayItem) string {
		if s := said[wire.Ref{Task: i.task, Attempt: i.attempt}]; s != "" {
			return s
		}
		return "doesn't have it"
	})
}

// replayGone closes the rows of a worker that did not come back.
func (b *Broker) replayGone(w *worker) {
	b.closeRows(w, func(replayItem) string { return "gone" })
}

func (b *Broker) closeRows(w *worker, said func(replayItem) string) {
	for _, r := range b.replays {
		for _, item := range r.open[w] {
			b.replayRow(r, item, w.name, said(item), b.replayAction(item))
		}
		delete(r.open, w)
	}
	b.closeReplays()
}

// replayRow tells one task's row.
func (b *Broker) replayRow(r *replay, i replayItem, worker, said, action string) {
	after := i.before
	if t, err := b.lookup(i.task); err == nil {
		after = t.State
	}
	r.tasks++
	b.send(r.peer, &wire.ReplayRow{
		Req: r.req, Task: i.task, Before: i.before, Worker: worker, Said: said, After: after, Action: action,
	})
}

// leaveReplays forgets the requests of an operator who went away.
func (b *Broker) leaveReplays(peer wire.Peer) {
	for _, r := range b.replays {
		if r.peer == peer {
			clear(r.open)
			r.todo = nil
			b.disarm(&r.timer)
		}
	}
	b.closeReplays()
}

// closeReplays ends the answers that are complete.
func (b *Broker) closeReplays() {
	open := b.replays[:0]
	for _, r := range b.replays {
		if len(r.open) > 0 || len(r.todo) > 0 {
			open = append(open, r)
		} else {
			b.send(r.peer, &wire.ReplayEnd{Req: r.req, Tasks: r.tasks})
		}
	}
	clear(b.replays[len(open):])
	b.replays = open
}
