package zmq_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/broker/zmtp"
)

// patience is how long a test waits for what must happen before it gives up.
const patience = 30 * time.Second

func listen(t *testing.T, endpoints ...string) *zmq.Router {
	t.Helper()
	r, err := zmq.Listen(endpoints, wire.MaxBody)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSocket(t, r) })
	return r
}

func dial(t *testing.T, endpoint string) *zmtp.Dealer {
	t.Helper()
	d, err := zmtp.NewDealer(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// greet dials the router and says hello, and returns the route by which that has come.
func greet(t *testing.T, router *zmq.Router) (dealer *zmtp.Dealer, route string) {
	t.Helper()
	dealer = dial(t, router.Endpoints()[0])
	send(t, dealer, "hello")
	route, _ = routerRecv(t, router)
	return dealer, route
}

func closeSocket(t *testing.T, s interface{ Close() error }) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// await waits on the socket as its owner does.
func await(t *testing.T, readable <-chan struct{}) {
	t.Helper()
	select {
	case <-readable:
	case <-time.After(patience):
		t.Fatal("nothing arrived")
	}
}

func routerRecv(t *testing.T, r *zmq.Router) (string, [][]byte) {
	t.Helper()
	for {
		route, frames, err := r.Recv(nil)
		if err == nil {
			return route, frames
		}
		if !errors.Is(err, zmq.ErrEmpty) {
			t.Fatal(err)
		}
		await(t, r.Readable())
	}
}

func dealerRecv(t *testing.T, d *zmtp.Dealer) [][]byte {
	t.Helper()
	for {
		frames, err := d.Recv(nil)
		if err == nil {
			return frames
		}
		if !errors.Is(err, zmq.ErrEmpty) {
			t.Fatal(err)
		}
		await(t, d.Readable())
	}
}

func message(parts ...string) [][]byte {
	frames := make([][]byte, len(parts))
	for i, part := range parts {
		frames[i] = []byte(part)
	}
	return frames
}

func text(frames [][]byte) string {
	parts := make([]string, len(frames))
	for i, frame := range frames {
		parts[i] = string(frame)
	}
	return strings.Join(parts, "|")
}

func send(t *testing.T, d *zmtp.Dealer, parts ...string) {
	t.Helper()
	sendFrames(t, d, message(parts...))
}

func sendFrames(t *testing.T, d *zmtp.Dealer, frames [][]byte) {
	t.Helper()
	if err := d.Send(frames); err != nil {
		t.Fatal(err)
	}
	d.Flush()
}

func TestMessagesGoBothWays(t *testing.T) {
	for name, endpoint := range map[string]string{
		"tcp": "tcp://127.0.0.1:*", "tcp6": "tcp://[::1]:*", "ipc": "ipc://" + filepath.Join(t.TempDir(), "broker"),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "tcp6" {
				needIPv6(t)
			}
			router := listen(t, endpoint)
			dealer := dial(t, router.Endpoints()[0])
			send(t, dealer, "head", "", "body")
			route, frames := routerRecv(t, router)
			if got := text(frames); got != "head||body" {
				t.Fatalf("router received %q", got)
			}
			if err := router.Send(route, message("answer")); err != nil {
				t.Fatal(err)
			}
			if got := text(dealerRecv(t, dealer)); got != "answer" {
				t.Fatalf("dealer received %q", got)
			}
		})
	}
}

// needIPv6 skips the test on a machine without IPv6.
func needIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here: ", err)
	}
	_ = l.Close()
}

func TestSeveralEndpoints(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*", "tcp://127.0.0.1:*")
	for i, endpoint := range router.Endpoints() {
		send(t, dial(t, endpoint), fmt.Sprint(i))
		if _, frames := routerRecv(t, router); text(frames) != fmt.Sprint(i) {
			t.Fatalf("%s: received %q", endpoint, text(frames))
		}
	}
}

// A send consumes the edge of the socket's file descriptor when messages arrive
// at the same time: none of them may be missed.
func TestNoWakeUpIsLost(t *testing.T) {
	const rounds, window = 3000, 3
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	failed := make(chan error, 1)
	go func() { failed <- echo(router, rounds) }()
	for i := range rounds + window {
		if i >= window {
			if got, want := text(dealerRecv(t, dealer)), fmt.Sprint(i-window); got != want {
				t.Fatalf("received %q, want %q", got, want)
			}
		}
		if i < rounds {
			send(t, dealer, fmt.Sprint(i))
		}
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
}

// echo sends each of so many messages back, after another look at the socket
// for every send.
func echo(router *zmq.Router, rounds int) error {
	for range rounds {
		route, frames, err := router.Recv(nil)
		for errors.Is(err, zmq.ErrEmpty) {
			select {
			case <-router.Readable():
			case <-time.After(patience):
				return errors.New("no message arrived")
			}
			route, frames, err = router.Recv(nil)
		}
		if err != nil {
			return err
		}
		if err := router.Send(route, frames); err != nil {
			return err
		}
	}
	return nil
}

func TestVanishedPeerIsUnreachable(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer, route := greet(t, router)
	dealer.Close()
	untilGone(t, router, route)

	if err := router.Send("nobody", message("x")); !errors.Is(err, zmq.ErrUnreachable) {
		t.Errorf("send to an unknown route: %v", err)
	}
	if _, _, err := router.Recv(nil); !errors.Is(err, zmq.ErrEmpty) {
		t.Errorf("receive after failed sends: %v", err)
	}
}

// untilGone sends until that fails as it must for a peer that is gone. A busy machine
// notices that late: the queue is full by then, which counts as gone, too.
func untilGone(t *testing.T, router *zmq.Router, route string) {
	t.Helper()
	untilError(t, func() error {
		err := router.Send(route, message("x"))
		if errors.Is(err, zmq.ErrCongested) {
			return zmq.ErrUnreachable
		}
		return err
	}, zmq.ErrUnreachable)
}

// untilError repeats the call until it fails, which must be with the wanted error.
func untilError(t *testing.T, call func() error, want error) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		err := call()
		if errors.Is(err, want) {
			return
		}
		if err != nil {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
	t.Fatalf("%v did not come", want)
}

func TestPeerThatDoesNotReadIsCongested(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	idle, idleRoute := greet(t, router)
	busy, busyRoute := greet(t, router)

	frames := [][]byte{[]byte("head"), make([]byte, 4096)}
	untilError(t, func() error { return router.Send(idleRoute, frames) }, zmq.ErrCongested)
	if err := router.Send(busyRoute, message("still", "served")); err != nil {
		t.Fatal(err)
	}
	if got := text(dealerRecv(t, busy)); got != "still|served" {
		t.Fatalf("received %q", got)
	}
	if got := dealerRecv(t, idle); len(got) != 2 || len(got[1]) != 4096 {
		t.Fatalf("a message was cut: %d frames", len(got))
	}
}

func TestTooManyFrames(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	sendFrames(t, dealer, make([][]byte, wire.MaxFrames+1))
	sendFrames(t, dealer, make([][]byte, wire.MaxFrames))
	route, frames, err := router.Recv(nil)
	for errors.Is(err, zmq.ErrEmpty) {
		await(t, router.Readable())
		route, frames, err = router.Recv(nil)
	}
	if !errors.Is(err, zmq.ErrTooManyFrames) || route == "" || len(frames) != wire.MaxFrames {
		t.Fatalf("got %d frames from route %q: %v", len(frames), route, err)
	}
	if _, frames := routerRecv(t, router); len(frames) != wire.MaxFrames {
		t.Fatalf("the next message has %d frames", len(frames))
	}
}

func TestOversizedFrameDisconnects(t *testing.T) {
	router, err := zmq.Listen([]string{"tcp://127.0.0.1:*"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSocket(t, router) })
	big, route := greet(t, router)
	small := dial(t, router.Endpoints()[0])
	sendFrames(t, big, [][]byte{make([]byte, wire.MaxBatchHead+1<<20)})
	untilGone(t, router, route)
	send(t, small, "fine")
	if _, frames := routerRecv(t, router); text(frames) != "fine" {
		t.Fatalf("received %d frames of %d bytes", len(frames), len(frames[0]))
	}
}

func TestThousandDealers(t *testing.T) {
	const count = 1000
	router := listen(t, "tcp://127.0.0.1:*")
	dealers := make([]*zmtp.Dealer, count)
	for i := range dealers {
		dealers[i] = dial(t, router.Endpoints()[0])
		send(t, dealers[i], fmt.Sprint(i))
	}
	routes := make(map[string]bool)
	for range count {
		route, frames := routerRecv(t, router)
		routes[route] = true
		if err := router.Send(route, frames); err != nil {
			t.Fatal(err)
		}
	}
	if len(routes) != count {
		t.Errorf("%d routes for %d dealers", len(routes), count)
	}
	for i, dealer := range dealers {
		if got := text(dealerRecv(t, dealer)); got != fmt.Sprint(i) {
			t.Fatalf("dealer %d received %q", i, got)
		}
	}
}

func TestCloseRemovesTheSocketFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broker")
	router, err := zmq.Listen([]string{"ipc://" + path}, wire.MaxBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Fatal(err)
	}
	closeSocket(t, router)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket's file was left behind: %v", err)
	}
}

// Who removes a socket's file lets another listen there: that one's stays.
func TestCloseLeavesTheFileOfAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broker")
	router, err := zmq.Listen([]string{"ipc://" + path}, wire.MaxBody)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	another, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer another.Close()
	closeSocket(t, router)
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the file of another was removed: %v", err)
	}
}

func TestListenErrors(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	served := listen(t, "ipc://"+filepath.Join(dir, "served")).Endpoints()[0]

	for endpoint, want := range map[string]string{
		"tcp://" + taken.Addr().String(): "address is in use",
		served:                           "address is in use",
		"ipc://" + precious:              "is there and is no socket",
		"ipc://" + dir + "/none/broker":  "in folder " + dir + "/none nothing can be made: no such file or directory",
		"tcp://127.0.0.1":                "is accepted",
		"tcp://:5555":                    "is accepted",
		"tcp://::1:5555":                 "is accepted",
		"tcp://127.0.0.1:99999":          "is accepted",
		"tcp://127.0.0.1:http":           "is accepted",
		"tcp://no-such-interface:5555":   "no address or interface of this machine, such as 127.0.0.1 or lo: ",
		"inproc://broker":                "is accepted",
		"5555":                           "is accepted",
	} {
		_, err := zmq.Listen([]string{endpoint}, wire.MaxBody)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), endpoint) {
			t.Errorf("%s: got %v, want %q", endpoint, err, want)
		}
	}
	if data, err := os.ReadFile(precious); err != nil || string(data) != "data" {
		t.Errorf("a file in the way was touched: %q, %v", data, err)
	}
}
