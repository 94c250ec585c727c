package broker

import (
	"fmt"
	"slices"

	"bcp/broker/wire"
	"bcp/journal/place"
)

// register makes a worker known under its name, with all that it has in hand.
func (b *Broker) register(now Instant, from wire.Peer, m *wire.Register) {
	if m.NoInventory && m.Slots == 0 {
		m.Slots = uint32(b.cfg.BCP1Slots)
	}
	if err := b.checkRegister(from, m); err != nil {
		b.turnAway(now, from, err)
		return
	}
	w := b.workers[m.Name]
	if w == nil {
		w = &worker{name: m.Name}
		b.workers[m.Name] = w
	}
	resumed := w.attempts.len > 0
	b.connectWorker(now, w, from, m)
	b.send(from, b.welcome(resumed))
	b.reconcile(now, w, m.Inventory, 0)
	b.missAll(now, w)
	b.joinLate(now, w)
	b.fill(now, w)
}

// connectWorker gives the worker its connection and its places in the crews.
func (b *Broker) connectWorker(now Instant, w *worker, from wire.Peer, m *wire.Register) {
	if w.live {
		delete(b.workersByPeer, w.peer)
	}
	b.workersByPeer[from] = w
	w.peer, w.instance, w.live, w.draining = from, m.Instance, true, false
	w.slots, w.seq = int(m.Slots), 0
	b.unkeep(w)
	w.declare(m)
	w.ear, w.since = ear{heard: now.Mono}, now.Mono
	for t := w.attempts.head; t != nil; t = t.next {
		t.seq = 0
	}
	b.listen(now, w)
	w.services = slices.Compact(slices.Sorted(slices.Values(m.Services)))
	b.enlist(w)
	b.touch(w)
	heartbeat, _ := b.rhythm(w)
	b.arm(&w.timer, w, nextBeat(now, heartbeat))
}

// declare takes in what the worker has for tasks, which is checked.
func (w *worker) declare(m *wire.Register) {
	total, err := place.ParseAmounts(m.Resources)
	if err != nil {
		panic("broker: " + err.Error())
	}
	w.offer = place.Offer{Worker: w.name, Labels: m.Labels, Resources: total}
	w.left = slices.Clone(total)
	for t := w.attempts.head; t != nil; t = t.next {
		w.left.Add(t.needs, -1)
	}
}

// checkRegister tells why a worker can't have the name it wants.
func (b *Broker) checkRegister(from wire.Peer, m *wire.Register) *wire.Error {
	if err := checkRegistration(m); err != nil {
		return err
	}
	if from.Dialect != wire.BCP2Worker && from.Dialect != wire.BCP1Worker {
		return wire.Errorf(wire.CodeNotAllowed, "a client can't register as a worker")
	}
	if here := b.workersByPeer[from]; here != nil && (here.name != m.Name || from.Dialect == wire.BCP1Worker) {
		return wire.Errorf(wire.CodeNotAllowed, "this connection is worker %s's already", here.name)
	}
	w := b.workers[m.Name]
	switch {
	case w == nil && len(b.workers) >= b.cfg.MaxPeers:
		return b.tooManyWorkers()
	case w == nil || !w.live || w.peer == from || w.instance == m.Instance && !m.NoInventory:
		return nil
	}
	// If the holder's connection is gone, this send will tell, and the next
	// registration succeeds.
	b.send(w.peer, &wire.Beat{Ask: true})
	return wire.Errorf(wire.CodeNameTaken, "a live worker has the name %s", m.Name)
}

// tooManyWorkers says how many of the workers are not there.
func (b *Broker) tooManyWorkers() *wire.Error {
	text := fmt.Sprintf("the broker has %d workers, as many as it may", len(b.workers))
	switch away := len(b.workers) - len(b.workersByPeer); away {
	case 0:
	case 1:
		text += "; one of them is away, and is waited for until the tasks that are for it have ended"
	default:
		text += fmt.Sprintf("; %d of them are away, and are waited for until the tasks that are for them have ended", away)
	}
	return wire.Errorf(wire.CodeTooManyPeers, "%s", text)
}

func checkRegistration(m *wire.Register) *wire.Error {
	if err := wire.CheckName("worker", m.Name); err != nil {
		return err
	}
	if m.Instance == ([16]byte{}) && !m.NoInventory {
		return wire.Errorf(wire.CodeBadOption, "instance is all zero: a random one for each start of the worker is accepted")
	}
	if err := wire.CheckOffer(m); err != nil {
		return err
	}
	if len(m.Services) > wire.MaxServices {
		return wire.Errorf(wire.CodeBadOption, "%d services: at most %d are accepted", len(m.Services), wire.MaxServices)
	}
	for _, s := range m.Services {
		if err := wire.CheckName("service", s); err != nil {
			return err
		}
	}
	return nil
}
