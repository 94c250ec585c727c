package admin

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"

	"bcp/broker/admin/api"
)

// heapBytes is what the process has in use.
func heapBytes() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// Who asks for a large body and reads none of it costs no more memory than one who asks for a
// small one.
func TestStalledReadersOfABodyHoldNone(t *testing.T) {
	const readers, size = 16, 16 << 20
	r := newRig(t, emptyStore())
	id := r.submit(t, api.Submission{Worker: "w1", Body: make([]byte, size)})
	before := heapBytes()
	for range readers {
		to := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", r.admin)
		}}
		t.Cleanup(to.CloseIdleConnections)
		answer, err := (&http.Client{Transport: to}).Get("http://localhost/v1/tasks/" + id + "/body")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if _, err := io.CopyN(io.Discard, answer.Body, 1); err != nil || answer.ContentLength != size {
			t.Fatalf("%d bytes are announced, %v: want %d", answer.ContentLength, err, size)
		}
	}
	if more := heapBytes() - before; more > readers*size/4 {
		t.Errorf("%d bytes are held for %d readers of %d bytes: want less than a quarter", more, readers, size)
	}
}
