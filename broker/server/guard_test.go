package server

import (
	"bytes"
	"errors"
	"runtime"
	"syscall"
	"testing"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/broker/zmtp"
	"bcp/journal"
)

// Also when peers have taken all descriptors the memory can be looked at.
func TestGuardLooksWithoutDescriptors(t *testing.T) {
	g, err := newGuard(1)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := g.held(); err != nil {
			t.Error(err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
}

// What libzmq sends from our memory is held, too.
func TestGuardSeesWhatIsLent(t *testing.T) {
	g, err := newGuard(1)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	router, err := zmq.Listen([]string{"tcp://127.0.0.1:*"}, wire.MaxBody)
	if err != nil {
		t.Fatal(err)
	}
	defer router.Close()
	peer, err := zmtp.Dial(t.Context(), router.Endpoints()[0]) // which never reads
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	if _, err := peer.Write(zmtp.Append(nil, [][]byte{[]byte("hello")})); err != nil {
		t.Fatal(err)
	}
	var route string
	for err = zmq.ErrEmpty; err == zmq.ErrEmpty; route, _, err = router.Recv(nil) {
		<-router.Readable()
	}
	if err != nil {
		t.Fatal(err)
	}
	before, err := g.held()
	const count, size = 64, 1 << 20
	for range count {
		if err := errors.Join(err, router.Send(route, [][]byte{bytes.Repeat([]byte{1}, size)})); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := g.held(); err != nil || after-before < count*size/2 {
		t.Errorf("%d bytes are held after %d more than %d were sent: %v", after, count*size, before, err)
	}
}

// crammed is a journal in a process that can open no file more.
type crammed struct{ broker.Archive }

func (crammed) Body(journal.ID) ([]byte, error) { return nil, syscall.EMFILE }

// Peers that have taken all descriptors don't end the broker by asking for a body.
func TestArchiveWithoutDescriptors(t *testing.T) {
	a := &archive{Archive: crammed{}}
	if _, err := a.Body(journal.ID{1}); !errors.Is(err, syscall.EMFILE) || a.failed != nil {
		t.Errorf("Body returned %v, and the archive has failed with %v", err, a.failed)
	}
}

// Memory that Go has taken and never used is not there, so it is none that libzmq may have.
func TestGuardKnowsWhatIsUnused(t *testing.T) {
	const size = 1 << 30
	unused := make([]byte, size)
	defer runtime.KeepAlive(unused)
	g, err := newGuard(1)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	if held, err := g.held(); err != nil || held < -size/2 {
		t.Errorf("%d bytes are held, %v", held, err)
	}
}
