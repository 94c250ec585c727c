package zmtp

import (
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// fill makes an outlet congested, with a message that is sent from where it lies.
func fill(o *outlet) {
	o.put([][]byte{make([]byte, sendBytes)})
	o.room()
}

// Who was told that there is no room is told when there is, whoever made it.
func TestOutletTellsOfRoom(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for name, empty := range map[string]func(*outlet){
		"the owner, whose kernel takes all at once": func(o *outlet) { o.write(null.Fd()) },
		"a connection's end":                        func(o *outlet) { o.advance(1); o.detach() },
	} {
		t.Run(name, func(t *testing.T) {
			woken := 0
			o := newOutlet(func() { woken++ })
			fill(o)
			if empty(o); o.bytes != 0 || woken != 1 {
				t.Errorf("%d bytes wait; the owner was woken %d times, want once", o.bytes, woken)
			}
		})
	}
}

// What the owner could not write, for whatever reason, does not wait for its next message.
func TestOutletGoesOnAfterAnError(t *testing.T) {
	mine, theirs := net.Pipe()
	defer theirs.Close()
	o := newOutlet(func() {})
	o.conn = mine
	o.put([][]byte{[]byte("word")})
	o.write(^uintptr(0)) // is no descriptor
	if err := theirs.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := io.ReadFull(theirs, got); err != nil || string(got) != "\x00\x04word" {
		t.Errorf("came %q, %v", got, err)
	}
}

// A peer that sends PINGs and doesn't read fills no more than the queue.
func TestAnswersAreBounded(t *testing.T) {
	o := newOutlet(func() {})
	pong := AppendPong(nil, []byte("\x04PING\x00\x01xy"))
	for range 2 * sendBytes / len(pong) {
		o.putCommand(pong)
	}
	if o.bytes >= sendBytes+len(pong) {
		t.Errorf("%d bytes of answers wait, want at most %d", o.bytes, sendBytes)
	}
}
