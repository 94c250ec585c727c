package api

import (
	"errors"
	"io"
	"net"
	"testing"
)

// One side of a connection can end before the other, as a server's does after an answer to
// a request of which it hasn't read all.
func TestHalfClose(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	half := RefuseZMTP(conn).(interface{ CloseWrite() error })
	if _, err := conn.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	if err := half.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(peer); string(got) != "answer" || err != nil {
		t.Errorf("the peer reads %q, %v", got, err)
	}
	if _, err := peer.Write([]byte("more")); err != nil {
		t.Errorf("the peer can't write: %v", err)
	}
	pipe, other := net.Pipe()
	defer other.Close()
	defer pipe.Close()
	if err := RefuseZMTP(pipe).(*opening).CloseWrite(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a connection without halves: %v", err)
	}
}
