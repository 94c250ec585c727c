package zmtp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/broker/zmtp"
)

// patience is how long a test waits for what must happen before it gives up.
const patience = 30 * time.Second

func listen(t *testing.T, endpoint string) *zmq.Router {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		router, err := zmq.Listen([]string{endpoint}, wire.MaxBody)
		if err == nil {
			t.Cleanup(func() { _ = router.Close() })
			return router
		}
		// The router before it may not be quite gone.
		if !errors.Is(err, zmq.ErrAddressInUse) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
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

// await waits on a socket as its owner does.
func await(t *testing.T, readable <-chan struct{}) {
	t.Helper()
	select {
	case <-readable:
	case <-time.After(patience):
		t.Fatal("nothing arrived")
	}
}

// hear waits for the dealer's next message.
func hear(t *testing.T, d *zmtp.Dealer) [][]byte {
	t.Helper()
	for {
		frames, err := d.Recv(nil)
		if err == nil {
			return frames
		}
		await(t, d.Readable())
	}
}

func say(t *testing.T, d *zmtp.Dealer, words ...string) {
	t.Helper()
	frames := make([][]byte, len(words))
	for i, word := range words {
		frames[i] = []byte(word)
	}
	if err := d.Send(frames); err != nil {
		t.Fatal(err)
	}
	d.Flush()
}

// expect waits for the router's next message, which must be this, and returns its route.
func expect(t *testing.T, router *zmq.Router, want string) string {
	t.Helper()
	frames := receive(t, router)
	if got := string(bytes.Join(frames[1:], []byte("|"))); got != want {
		t.Fatalf("the router received %.50q, want %.50q", got, want)
	}
	return string(frames[0])
}

func TestDealerSpeaksAndHears(t *testing.T) {
	for name, endpoint := range map[string]string{
		"tcp": "tcp://127.0.0.1:*", "ipc": "ipc://" + filepath.Join(t.TempDir(), "broker"),
		"abstract": "ipc://@" + filepath.Base(t.TempDir()) + t.Name(),
	} {
		t.Run(name, func(t *testing.T) {
			router := listen(t, endpoint)
			dealer := dial(t, router.Endpoints()[0])
			say(t, dealer, "head", "", "body")
			route := expect(t, router, "head||body")
			if err := router.Send(route, [][]byte{[]byte("answer"), {}}); err != nil {
				t.Fatal(err)
			}
			if got := hear(t, dealer); len(got) != 2 || string(got[0]) != "answer" || len(got[1]) != 0 {
				t.Fatalf("the dealer heard %q", got)
			}
		})
	}
}

// sized returns a message for each number: what is copied, what is sent from where it
// lies, and what is larger than a buffer, at both ends.
func sized(n int) [][]byte {
	sizes := []int{0, 1, 255, 256, 8<<10 - 20, 8 << 10, 16<<10 - 1, 16 << 10, 64 << 10, 1 << 20}
	frames := [][]byte{fmt.Appendf(nil, "%d", n), bytes.Repeat([]byte{byte(n)}, sizes[n%len(sizes)])}
	if n%3 == 0 {
		frames = append(frames, bytes.Repeat([]byte{byte(n)}, sizes[n/3%len(sizes)]), []byte("end"))
	}
	return frames
}

// dialWhereRead makes a Dealer whose owner takes messages where they are read. Mu is the
// owner's lock.
func dialWhereRead(t *testing.T, endpoint string, mu *sync.Mutex, take func(*zmtp.Dealer, [][]byte)) (dealer *zmtp.Dealer) {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	dealer, err := zmtp.NewDealerFunc(endpoint, func() {
		mu.Lock()
		defer mu.Unlock()
		for {
			frames, err := dealer.Recv(nil)
			if err != nil {
				return
			}
			take(dealer, frames)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dealer.Close)
	return dealer
}

// An owner that takes messages where they are read hears all of them, in order, also over a
// later connection and while it speaks itself.
func TestDealerTellsWhoTakesMessagesWhereTheyAreRead(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	var mu sync.Mutex
	heard := make(chan string, 1)
	dealer := dialWhereRead(t, router.Endpoints()[0], &mu, func(dealer *zmtp.Dealer, frames [][]byte) {
		if err := dealer.Send([][]byte{[]byte("again"), frames[0]}); err != nil {
			t.Error(err)
		}
		dealer.Flush()
		heard <- string(frames[0])
	})
	for round := range 2 {
		mu.Lock()
		if round > 0 {
			dealer.Reconnect()
		}
		say(t, dealer, "hello")
		mu.Unlock()
		route := expect(t, router, "hello")
		for _, word := range []string{"one", "two", "three"} {
			if err := router.Send(route, [][]byte{[]byte(word)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, word := range []string{"one", "two", "three"} {
			if got := <-heard; got != word {
				t.Fatalf("heard %q, want %q", got, word)
			}
			expect(t, router, "again|"+word)
		}
	}
}

// An owner that takes messages where they are read keeps what is behind their first frames.
func TestFramesAreKept(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	var mu sync.Mutex
	kept := make(chan [][]byte, 200)
	dealer := dialWhereRead(t, router.Endpoints()[0], &mu, func(_ *zmtp.Dealer, frames [][]byte) {
		kept <- append([][]byte{bytes.Clone(frames[0])}, frames[1:]...)
	})
	mu.Lock()
	say(t, dealer, "hello")
	mu.Unlock()
	route := expect(t, router, "hello")
	for n := range cap(kept) {
		if err := router.Send(route, sized(n)); err != nil {
			t.Fatal(err)
		}
	}
	var all [][][]byte
	for range cap(kept) {
		all = append(all, <-kept)
	}
	for n, frames := range all {
		if !equal(frames, sized(n)) {
			t.Fatalf("message %d is not what was sent: %d frames", n, len(frames))
		}
	}
}

func TestMessagesOfEverySize(t *testing.T) {
	const count = 120
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	failed := make(chan error, 1)
	go func() { failed <- echo(router, count) }()
	back := 0
	take := func() {
		for {
			frames, err := dealer.Recv(nil)
			if err != nil {
				return
			}
			if !equal(frames, sized(back)) {
				t.Fatalf("message %d is not what was sent: %d frames", back, len(frames))
			}
			back++
		}
	}
	for n := range count {
		for dealer.Send(sized(n)) != nil {
			await(t, dealer.Readable())
			take()
		}
		dealer.Flush()
	}
	for back < count {
		await(t, dealer.Readable())
		take()
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
}

// echo sends each of so many messages back.
func echo(router *zmq.Router, count int) error {
	for range count {
		route, frames, err := router.Recv(nil)
		for errors.Is(err, zmq.ErrEmpty) {
			select {
			case <-router.Readable():
			case <-time.After(patience):
				return errors.New("no message arrived")
			}
			route, frames, err = router.Recv(nil)
		}
		for err == nil {
			if err = router.Send(route, frames); !errors.Is(err, zmq.ErrCongested) {
				break
			}
			err = nil // the dealer reads all the time
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestDealerIsCongestedAndWakesWhenThereIsRoom(t *testing.T) {
	endpoint := "ipc://" + filepath.Join(t.TempDir(), "broker")
	dealer := dial(t, endpoint)
	sent := 0
	for body := make([]byte, 1000); dealer.Send([][]byte{body}) == nil; sent++ {
		dealer.Flush()
	}
	if err := dealer.Send([][]byte{{}}); !errors.Is(err, zmtp.ErrCongested) {
		t.Fatalf("a message for a full queue: %v", err)
	}
	router := listen(t, endpoint)
	for range sent {
		receive(t, router) // which makes room
	}
	await(t, dealer.Readable())
	say(t, dealer, "last")
	expect(t, router, "last")
}

func TestReconnectIsAnotherRoute(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	say(t, dealer, "one")
	first := expect(t, router, "one")
	dealer.Reconnect()
	say(t, dealer, "two")
	second := expect(t, router, "two")
	if first == second {
		t.Fatalf("route %x is the one before", second)
	}
	if err := router.Send(second, [][]byte{[]byte("answer")}); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, dealer); string(got[0]) != "answer" {
		t.Fatalf("heard %q", got)
	}
}

// What came over a connection that was given up is not heard over the next.
func TestReconnectForgets(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	say(t, dealer, "one")
	route := expect(t, router, "one")
	for _, word := range []string{"a", "b"} {
		if err := router.Send(route, [][]byte{[]byte(word)}); err != nil {
			t.Fatal(err)
		}
	}
	hear(t, dealer)
	dealer.Reconnect()
	say(t, dealer, "two")
	if err := router.Send(expect(t, router, "two"), [][]byte{[]byte("c")}); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, dealer); string(got[0]) != "c" {
		t.Fatalf("heard %q", got)
	}
}

// The broker's restart: the dealer comes back alone. What it sent in between may
// be lost, for its connection was still there.
func TestDealerOutlivesRouter(t *testing.T) {
	endpoint := "ipc://" + filepath.Join(t.TempDir(), "broker")
	router, err := zmq.Listen([]string{endpoint}, wire.MaxBody)
	if err != nil {
		t.Fatal(err)
	}
	dealer := dial(t, endpoint)
	say(t, dealer, "before")
	expect(t, router, "before")
	if err := router.Close(); err != nil {
		t.Fatal(err)
	}
	router = listen(t, endpoint)

	beat := time.NewTicker(10 * time.Millisecond)
	defer beat.Stop()
	for {
		say(t, dealer, "after")
		select {
		case <-beat.C:
			continue
		case <-router.Readable():
		}
		_, frames, err := router.Recv(nil)
		if errors.Is(err, zmq.ErrEmpty) {
			continue
		}
		if err != nil || string(frames[0]) != "after" {
			t.Fatalf("received %q, %v", frames, err)
		}
		return
	}
}

func TestLastWordsGoOut(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	for _, size := range []int{5, 1 << 20} {
		dealer, err := zmtp.NewDealer(router.Endpoints()[0])
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Repeat("x", size)
		say(t, dealer, words)
		dealer.Close()
		expect(t, router, words)
	}
}

func TestCloseDoesNotHang(t *testing.T) {
	dealer, err := zmtp.NewDealer("tcp://127.0.0.1:1") // nobody listens
	if err != nil {
		t.Fatal(err)
	}
	say(t, dealer, "never delivered")
	dealer.Close()
}

func TestNoEndpoint(t *testing.T) {
	for _, endpoint := range []string{
		"broker", "tcp://127.0.0.1:*", "tcp://127.0.0.1:http", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:0",
		"tcp://*:5555", "ipc://*", "ipc://" + strings.Repeat("x", 108),
	} {
		if _, err := zmtp.NewDealer(endpoint); !errors.Is(err, zmtp.ErrEndpoint) || !strings.Contains(err.Error(), endpoint) {
			t.Errorf("%s: got %v", endpoint, err)
		}
	}
}

func TestEndpointHost(t *testing.T) {
	for endpoint, want := range map[string]string{
		"tcp://127.0.0.1:5555":       "127.0.0.1",
		"tcp://broker.example:5555":  "broker.example",
		"tcp://[::1]:*":              "::1",
		"tcp://*:5555":               "*",
		"ipc:///run/bcp/broker.sock": "localhost",
		"ipc://@abstract":            "localhost",
	} {
		if got, err := zmtp.EndpointHost(endpoint); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", endpoint, got, err, want)
		}
	}
	for _, endpoint := range []string{
		"", "5555", "localhost:5555", "tcp://", "ipc://", "tcp://localhost", "tcp://:5555", "tcp://localhost:",
		"tcp://::1:5555", "inproc://broker", "ipc://" + strings.Repeat("x", 108), "tcp://127.0.0.1:0;192.0.2.1:5555",
		"tcp://127.0.0.1:http", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:-1",
	} {
		if got, err := zmtp.EndpointHost(endpoint); !errors.Is(err, zmtp.ErrEndpoint) {
			t.Errorf("%q: got %q, %v, want ErrEndpoint", endpoint, got, err)
		}
	}
}

// broker is the other side of a Dealer's connections, by hand.
type broker struct {
	*testing.T
	net.Listener
}

func newBroker(t *testing.T) *broker {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &broker{t, l}
}

func (b *broker) endpoint() string { return "tcp://" + b.Addr().String() }

// accept waits for the next connection.
func (b *broker) accept() net.Conn {
	b.Helper()
	conn, err := b.Accept()
	if err == nil {
		b.Cleanup(func() { _ = conn.Close() })
		err = errors.Join(conn.SetDeadline(time.Now().Add(patience)), zmtp.Handshake(conn, ""))
	}
	if err != nil {
		b.Fatal(err)
	}
	return conn
}

// Why there is no connection is known: before the first, after each attempt, and after an end.
func TestTrouble(t *testing.T) {
	b := newBroker(t)
	d := dial(t, b.endpoint())
	for _, want := range []error{zmtp.ErrNotYet, zmtp.ErrPeer} {
		stranger, err := b.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer stranger.Close()
		if err := d.Trouble(); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		if _, err := stranger.Write(bytes.Repeat([]byte("HTTP/1.1 400"), 10)); err != nil {
			t.Fatal(err)
		}
	}
	conn := b.accept()
	if _, err := conn.Write(zmtp.Append(nil, [][]byte{[]byte("hello")})); err != nil {
		t.Fatal(err)
	}
	hear(t, d)
	if err := d.Trouble(); err != nil {
		t.Errorf("connected: %v", err)
	}
	d.Reconnect()
	conn = b.accept()
	_ = b.Close()
	_ = conn.Close()
	for why := d.Trouble(); !errors.Is(why, syscall.ECONNREFUSED); why = d.Trouble() {
		if why != nil && !errors.Is(why, zmtp.ErrEnded) {
			t.Fatalf("after the end: %v", why)
		}
		runtime.Gosched()
	}
}

// A connection that ends in the middle of a message, large or small, takes that with
// it; what comes over the next one is whole, in order and up to the last.
func TestLossIsOfWholeMessages(t *testing.T) {
	b := newBroker(t)
	dealer := dial(t, b.endpoint())
	conn := b.accept()
	sent := 0
	for _, size := range []int{100_000, 1_000_001, 0} {
		for ; dealer.Send(sized(sent)) == nil; sent++ {
			dealer.Flush()
		}
		if _, err := io.CopyN(io.Discard, conn, int64(size)); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		conn = b.accept()
	}
	for ; dealer.Send(sized(sent)) == nil; sent++ {
		dealer.Flush()
	}
	received, last, buffer := []byte(nil), -1, make([]byte, 1<<20)
	for last < sent-1 {
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatalf("after message %d of %d: %v", last, sent, err)
		}
		received = append(received, buffer[:n]...)
		for {
			frames, _, n, err := zmtp.Next(received, nil)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			was := last
			if _, err := fmt.Sscan(string(frames[0]), &last); err != nil || last <= was || !equal(frames, sized(last)) {
				t.Fatalf("after message %d came %d frames, %q first", was, len(frames), frames[0])
			}
			received = received[n:]
		}
	}
}

func TestDealerAnswersPing(t *testing.T) {
	b := newBroker(t)
	dealer := dial(t, b.endpoint())
	conn := b.accept()
	write(t, conn, []byte("\x04\x09\x04PING\x00\x01xy"))
	pong := make([]byte, 9)
	if _, err := io.ReadFull(conn, pong); err != nil || string(pong) != "\x04\x07\x04PONGxy" {
		t.Fatalf("answer %q, %v", pong, err)
	}
	write(t, conn, zmtp.Append(nil, [][]byte{[]byte("word")}))
	if got := hear(t, dealer); string(got[0]) != "word" {
		t.Fatalf("heard %q", got)
	}
}

// Commands come between messages and, from libzmq, between the frames of one; small ones
// and such that are larger than a buffer, known ones and others.
func TestDealerTakesCommandsAnywhere(t *testing.T) {
	b := newBroker(t)
	dealer := dial(t, b.endpoint())
	conn := b.accept()
	large := strings.Repeat("z", 10_000)
	write(t, conn, []byte("\x01\x01a"+"\x04\x09\x04PING\x00\x01xy"+"\x00\x01b"+
		"\x06\x00\x00\x00\x00\x00\x00\x27\x17\x04PING\x00\x01"+large+
		"\x06\x00\x00\x00\x00\x00\x00\x27\x16\x05OTHER"+large+
		"\x01\x01c"+"\x06\x00\x00\x00\x00\x00\x00\x27\x17\x04PING\x00\x01"+large))
	pongs := "\x04\x07\x04PONGxy" + "\x04\x15\x04PONG" + large[:16]
	got := make([]byte, len(pongs))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != pongs {
		t.Fatalf("answers %q, %v", got, err)
	}
	write(t, conn, []byte("\x00\x01d"))
	for _, want := range []string{"a|b", "c|d"} {
		if got := string(bytes.Join(hear(t, dealer), []byte("|"))); got != want {
			t.Fatalf("heard %q, want %q", got, want)
		}
	}
}

// A peer that sends what no broker would is left, and tried again. What came before is heard
// when it came, not when something else comes.
func TestDealerLeavesBadPeers(t *testing.T) {
	b := newBroker(t)
	dealer := dial(t, b.endpoint())
	for _, bad := range []string{
		"\x80\x00",
		"\x02\x00\x00\x00\x00\x3f\xff\xff\xff",
		strings.Repeat("\x01\x00", wire.MaxFrames) + "\x00\x00",
		strings.Repeat("\x01\x00", 1<<20),
		strings.Repeat("\x03\x00\x00\x00\x00\x00\x40\x00\x00"+strings.Repeat("x", 4<<20), 20),
	} {
		conn := b.accept()
		_, _ = conn.Write([]byte("\x00\x04word" + bad)) // it may be left before all is written
		if got := hear(t, dealer); string(got[0]) != "word" {
			t.Fatalf("heard %q", got)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("%.20q: %v", bad, err)
		}
	}
	b.accept()
}

// Messages that come in pieces are put together.
func TestDealerTakesPieces(t *testing.T) {
	b := newBroker(t)
	dealer := dial(t, b.endpoint())
	conn := b.accept()
	var stream []byte
	for n := range 10 {
		stream = zmtp.Append(stream, sized(n))
	}
	go func() {
		for piece := range slices.Chunk(stream, 1021) {
			if _, err := conn.Write(piece); err != nil {
				return
			}
		}
	}()
	for n := range 10 {
		if !equal(hear(t, dealer), sized(n)) {
			t.Fatalf("message %d is not what was sent", n)
		}
	}
}
