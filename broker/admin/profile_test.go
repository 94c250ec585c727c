package admin

import (
	"bytes"
	"compress/gzip"
	"io"
	"runtime/pprof"
	"testing"

	"bcp/broker/admin/api"
)

// One profile is made at a time, and the next one when it is over.
func TestProfile(t *testing.T) {
	r := newRig(t, emptyStore())
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Fatal(err)
	}
	var profile bytes.Buffer
	if err := r.client.Profile(t.Context(), 1, &profile); err == nil || api.ErrorOf(err).Code != api.CodeBusy {
		t.Errorf("another one at the same time: %v, want %s", err, api.CodeBusy)
	}
	pprof.StopCPUProfile()
	if err := r.client.Profile(t.Context(), 1, &profile); err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(&profile)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(unpacked); err != nil || !bytes.Contains(text, []byte("nanoseconds")) {
		t.Errorf("a profile of %d bytes, %v: want one of processor time", len(text), err)
	}
}
