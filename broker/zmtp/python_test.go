package zmtp_test

import (
	"bufio"
	"os/exec"
	"testing"
)

// python is Debian's own interpreter, which has python3-zmq.
const python = "/usr/bin/python3"

// pythonRouter echoes messages, and sends a PING each millisecond, also where a message
// of many frames is only half written. It ends with its standard input.
const pythonRouter = `
import sys, threading, zmq
router = zmq.Context().socket(zmq.ROUTER)
router.heartbeat_ivl, router.heartbeat_timeout, router.heartbeat_ttl = 1, 60000, 60000
print("tcp://127.0.0.1:%d" % router.bind_to_random_port("tcp://127.0.0.1"), flush=True)
def echo():
    while True:
        router.send_multipart(router.recv_multipart())
threading.Thread(target=echo, daemon=True).start()
sys.stdin.read()
`

// TestPythonRouter talks to libzmq as Python's users have it, with heartbeats.
func TestPythonRouter(t *testing.T) {
	if err := exec.Command(python, "-c", "import zmq").Run(); err != nil {
		t.Skipf("%s cannot import zmq (%v): install Debian's python3-zmq, as scripts/test does", python, err)
	}
	cmd := exec.Command(python, "-c", pythonRouter)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	endpoint, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	dealer := dial(t, endpoint[:len(endpoint)-1])
	for n := range 300 {
		message := sized(n)
		for range n % 30 {
			message = append(message, make([]byte, 1000))
		}
		if err := dealer.Send(message); err != nil {
			t.Fatal(err)
		}
		dealer.Flush()
		if !equal(hear(t, dealer), message) {
			t.Fatalf("message %d is not what was sent", n)
		}
	}
}
