package zmtp

import (
	"fmt"
	"time"
)

// always is a channel that is ready for ever.
var always = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Dealer is a peer's socket: one broker. It connects, and connects again, of
// its own accord; what is sent meanwhile waits in its queue. Every connection is
// another route to the broker, for it sets no routing id. It belongs to one goroutine
// at a time.
type Dealer struct {
	endpoint string
	wake     chan struct{}
	arrived  func() // nil for an owner that waits for Readable
	link     *link
	trouble  *trouble
	taken    messages // from the link's intake
	next     int      // of these
}

// NewDealer makes a Dealer for the endpoint, tcp://HOST:PORT or ipc://PATH. HOST is a
// name, all of whose addresses are tried, or an address, in brackets if it is an IPv6
// one. It does not wait for the connection, and nobody needs to listen yet. The error
// names the endpoint if it is not one.
func NewDealer(endpoint string) (*Dealer, error) { return NewDealerFunc(endpoint, nil) }

// NewDealerFunc is NewDealer for an owner that takes messages in the goroutine that has
// read them, which spares each message a wake-up and a copy. When some have come, arrived
// is called in that goroutine, and takes all that Recv returns. The first frame of each
// message is valid only during that call; the others are the owner's to keep. Readable then
// tells only of room in a full queue.
//
// The owner needs a lock for everything that both goroutines use, the Dealer included. It
// must hold that lock while it makes the Dealer, because arrived may be called at once, and
// must not hold it while it calls Close. Arrived may still be called during Close, and for
// a connection that Reconnect has dropped even later.
func NewDealerFunc(endpoint string, arrived func()) (*Dealer, error) {
	if _, _, err := address(endpoint); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", endpoint, err)
	}
	d := &Dealer{endpoint: endpoint, wake: make(chan struct{}, 1), arrived: arrived, trouble: newTrouble()}
	d.link = newLink(d)
	return d, nil
}

// Reconnect drops the connection with all that is queued in both directions,
// and makes another one. It is for a broker that has been silent for too long:
// TCP alone can take minutes to notice.
func (d *Dealer) Reconnect() {
	d.link.close(0)
	d.taken.reset()
	d.next = 0
	d.link = newLink(d)
}

// Recv takes in the next message and appends its frames to dst. The frames are
// the caller's to keep, but for what NewDealerFunc says. Returns ErrEmpty if there is no
// message.
func (d *Dealer) Recv(dst [][]byte) ([][]byte, error) {
	if d.next == len(d.taken.ends) {
		d.taken.reset()
		d.taken, d.next = d.link.in.take(d.taken), 0
	}
	if d.next == len(d.taken.ends) {
		return dst, ErrEmpty
	}
	start := 0
	if d.next > 0 {
		start = d.taken.ends[d.next-1]
	}
	dst = append(dst, d.taken.frames[start:d.taken.ends[d.next]]...)
	d.next++
	return dst, nil
}

// Send queues the frames as one message, for the next Flush or an earlier moment.
// Those of shareMin bytes and more must not be changed from then on. Returns
// ErrCongested if the queue is full.
func (d *Dealer) Send(frames [][]byte) error {
	if d.link.out.room() <= 0 {
		return ErrCongested
	}
	d.link.out.put(frames)
	return nil
}

// Flush has what is queued written: as much as the kernel takes at once, and the rest
// when it takes it.
func (d *Dealer) Flush() { d.link.out.flush() }

// Readable returns a channel that is ready when there may be a message, or room
// again in a full queue. Call it anew for each wait.
func (d *Dealer) Readable() <-chan struct{} {
	if d.next < len(d.taken.ends) {
		return always
	}
	return d.wake
}

// Arriving tells whether a part of a large message has come since this was last asked: a
// sign of life before all of it is there.
func (d *Dealer) Arriving() bool { return d.link.part.Swap(false) }

// Close closes the connection. What was sent may still go out: for that it waits
// half a second at most. The Dealer must not be used afterwards.
func (d *Dealer) Close() { d.close(linger) }

// Drop is Close without that wait, and loses what is queued.
func (d *Dealer) Drop() { d.close(0) }

func (d *Dealer) close(wait time.Duration) {
	d.link.close(wait)
	<-d.link.gone
}
