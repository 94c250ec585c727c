package zmq_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bcp/broker/zmq"
	"bcp/broker/zmtp"
)

// guarded is a router and its guard, with a quiet and a loud peer; the quiet one has
// sent much more than the loud one will, but earlier.
type guarded struct {
	t           *testing.T
	router      *zmq.Router
	guard       *zmq.Guard
	quiet, loud *zmtp.Dealer
}

func newGuarded(t *testing.T) *guarded {
	guard, err := zmq.NewGuard()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSocket(t, guard) })
	router := listen(t, "tcp://127.0.0.1:*")
	guard.Watch(router.Endpoints())
	return &guarded{
		t: t, router: router, guard: guard,
		quiet: dial(t, router.Endpoints()[0]), loud: dial(t, router.Endpoints()[0]),
	}
}

func (g *guarded) cut() bool {
	g.t.Helper()
	cut, err := g.guard.Cut()
	if err != nil {
		g.t.Fatal(err)
	}
	return cut
}

// hears has a peer send something, and returns its route. What was sent before is
// passed over.
func (g *guarded) hears(from *zmtp.Dealer, words string) string {
	g.t.Helper()
	send(g.t, from, words)
	for {
		if route, frames := routerRecv(g.t, g.router); text(frames) == words {
			return route
		}
	}
}

// checkCut checks that the loud peer is cut, and the quiet one isn't.
func (g *guarded) checkCut() {
	g.t.Helper()
	quiet := g.hears(g.quiet, "calm")
	loud := g.hears(g.loud, strings.Repeat("loud", 100_000))
	if !g.cut() {
		g.t.Error("no connection was cut")
	}
	untilGone(g.t, g.router, loud)
	if g.hears(g.quiet, "calm") != quiet {
		g.t.Error("the quiet peer's connection is another one")
	}
	if g.returns(g.loud) == loud {
		g.t.Error("the loud peer has the connection that was cut")
	}
}

// returns waits for a peer that was cut, and returns its route. What it says before it
// has noticed is lost.
func (g *guarded) returns(from *zmtp.Dealer) string {
	g.t.Helper()
	repeat := time.NewTicker(10 * time.Millisecond)
	defer repeat.Stop()
	for {
		send(g.t, from, "here")
		select {
		case <-repeat.C:
			continue
		case <-g.router.Readable():
		}
		if route, _, err := g.router.Recv(nil); err == nil {
			return route
		}
	}
}

// The connection that sends most is cut, and no other; its peer comes back. What was
// sent before memory was short doesn't count, nor what was before it was fine again.
func TestGuardCutsTheWorst(t *testing.T) {
	g := newGuarded(t)
	if g.cut() {
		t.Error("a connection was cut before there was one")
	}
	g.guard.Rest()
	for range 2 {
		g.hears(g.quiet, strings.Repeat("calm", 1_000_000))
		if g.cut() {
			t.Error("a connection was cut for what it has ever sent")
		}
		g.checkCut()
		g.guard.Rest()
	}
}

// Also when peers have taken all descriptors the guard sees who sends most.
func TestGuardWithoutDescriptors(t *testing.T) {
	g := newGuarded(t)
	quiet, loud := g.hears(g.quiet, "calm"), g.hears(g.loud, "loud")
	noDescriptors(t)
	g.cut()
	send(t, g.loud, strings.Repeat("loud", 100_000))
	routerRecv(t, g.router)
	if !g.cut() {
		t.Error("no connection was cut")
	}
	untilGone(t, g.router, loud)
	if g.hears(g.quiet, "calm") != quiet {
		t.Error("the quiet peer's connection is another one")
	}
}

// noDescriptors sees to it that this process can open nothing more until the test ends.
func noDescriptors(t *testing.T) {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	for {
		fd, err := unix.Open(os.DevNull, unix.O_RDONLY, 0)
		if err == unix.EMFILE {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
	}
}
