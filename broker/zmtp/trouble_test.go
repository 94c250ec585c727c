package zmtp

import (
	"net"
	"testing"
)

// What becomes of a connection that was given up says nothing of the next one.
func TestTroubleIsOfTheLastLink(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDealer("ipc://" + t.TempDir() + "/nobody")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	old := d.link
	d.Reconnect()
	<-old.gone
	why := old.use(conn)
	if err := d.Trouble(); err == nil || err == why {
		t.Errorf("nobody is there, and trouble is %v", err)
	}
}
