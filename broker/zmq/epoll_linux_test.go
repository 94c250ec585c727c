package zmq_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bcp/broker/zmq"
)

// Who is sent a message at a time costs the kernel no change of what it watches. If this
// fails with another libzmq, its threads have other names, or it polls in another way:
// all works without.
func TestKernelIsSparedChanges(t *testing.T) {
	const rounds = 100
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	before := zmq.Spared()
	for range rounds {
		send(t, dealer, "ping")
		route, _ := routerRecv(t, router)
		if err := router.Send(route, message("pong")); err != nil {
			t.Fatal(err)
		}
		dealerRecv(t, dealer)
	}
	// The router wants to write, and then doesn't, in each round.
	if n := zmq.Spared() - before; n < 3*rounds/2 {
		t.Errorf("the kernel was spared %d changes in %d rounds", n, rounds)
	}
}

// What a connection had no room for goes out when there is room, again and again.
func TestPeerThatReadsLateGetsAll(t *testing.T) {
	for name, endpoint := range map[string]string{
		"tcp": "tcp://127.0.0.1:*", "ipc": "ipc://" + filepath.Join(t.TempDir(), "broker"),
	} {
		t.Run(name, func(t *testing.T) {
			router := listen(t, endpoint)
			late, route := greet(t, router)
			for range 2 {
				sent := fillQueues(t, func(n int) error { return router.Send(route, numbered(n)) })
				for n := range sent {
					if got, want := text(dealerRecv(t, late)), text(numbered(n)); got != want {
						t.Fatalf("message %d of %d is %.20q", n, sent, got)
					}
				}
			}
		})
	}
}

// numbered returns a message that is told from others.
func numbered(n int) [][]byte { return message(fmt.Sprint(n), strings.Repeat("x", 1000)) }

// What libzmq's threads come to by chance only is done without them: see testdata/epoll.c.
func TestEpoll(t *testing.T) {
	program := filepath.Join(t.TempDir(), "epoll")
	compiler := cmp.Or(os.Getenv("CC"), "cc") // as the package itself is built
	if out, err := exec.Command(compiler, "-pthread", "-o", program, "testdata/epoll.c", "epoll_linux.c", "-I.").CombinedOutput(); err != nil {
		t.Fatalf("compile: %v\n%s", err, out)
	}
	for _, scene := range []string{"busy", "stalled", "deaf", "reused", "few", "many"} {
		t.Run(scene, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if out, err := exec.CommandContext(ctx, program, scene).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
