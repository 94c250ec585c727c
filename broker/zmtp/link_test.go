package zmtp

import (
	"net"
	"testing"
	"time"
)

// Who hangs up on each connection as soon as it is open is tried more and more seldom. When
// a message has come the pauses begin anew.
func TestPausesDoubleUntilAMessageComes(t *testing.T) {
	for name, c := range map[string]struct {
		last string        // word before the third connection ends
		want time.Duration // pause after the fourth
	}{
		"no message":  {"", 16 * pauseMin},
		"one message": {"\x00\x04word", 4 * pauseMin},
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			d, err := NewDealer("tcp://" + listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer d.Drop()
			for _, says := range []string{"", "", c.last} {
				conn := accept(t, listener)
				if err := Handshake(conn, ""); err != nil {
					t.Fatal(err)
				}
				if _, err := conn.Write([]byte(says)); err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
			}
			accept(t, listener)
			d.Drop() // which the link takes for one more failure
			if d.link.pause != c.want {
				t.Errorf("the next pause is %v, want %v", d.link.pause, c.want)
			}
		})
	}
}

func accept(t *testing.T, listener net.Listener) net.Conn {
	t.Helper()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
