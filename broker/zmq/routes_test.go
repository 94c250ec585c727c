package zmq

import (
	"fmt"
	"testing"
)

// A route is its id's text, whichever others have its place; and it takes no memory as
// long as none has taken that.
func TestRoutesAreTheirIDs(t *testing.T) {
	var r routes
	ids := []string{"", "a", "b", "\x00\x00\x00\x00\x01", "\x01\x00\x00\x00\x01", "a name of its own", "another one of its own"}
	for n := range 3 * routesKept {
		ids = append(ids, fmt.Sprint(n))
	}
	for range 2 {
		for _, id := range ids {
			if got := r.text([]byte(id)); got != id {
				t.Fatalf("the route of %q is %q", id, got)
			}
		}
	}
	id := []byte("a name of its own")
	if n := testing.AllocsPerRun(100, func() { r.text(id) }); n != 0 {
		t.Errorf("a route that is known takes memory %v times", n)
	}
}
