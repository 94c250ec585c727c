package zmq_test

import (
	"strings"
	"testing"

	"bcp/broker/zmq"
)

// The connection that has sent most is cut, and no other; its peer comes back.
func TestGuardCutsTheWorst(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	guard := zmq.NewGuard(router.Endpoints())
	cut := func() bool {
		t.Helper()
		cut, err := guard.Cut()
		if err != nil {
			t.Fatal(err)
		}
		return cut
	}
	if cut() {
		t.Error("a connection was cut before there was one")
	}
	quiet, loud := dial(t, router.Endpoints()[0]), dial(t, router.Endpoints()[0])
	send(t, quiet, "calm")
	send(t, loud, strings.Repeat("loud", 100_000))
	routes := map[string]string{}
	for range 2 {
		route, frames := routerRecv(t, router)
		routes[string(frames[0][:4])] = route
	}
	if !cut() {
		t.Error("no connection was cut")
	}
	untilGone(t, router, routes["loud"])
	send(t, quiet, "calm")
	if route, _ := routerRecv(t, router); route != routes["calm"] {
		t.Error("the quiet peer's connection is another one")
	}
	send(t, loud, "loud")
	if route, _ := routerRecv(t, router); route == routes["loud"] {
		t.Error("the loud peer has the connection that was cut")
	}
}
