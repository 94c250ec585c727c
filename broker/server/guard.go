package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/metrics"
	"time"

	"bcp/broker/zmq"
)

// errMemory tells that peers made the broker hold more than it may.
var errMemory = errors.New("messages of peers take more memory than they may, whatever connections are cut")

const (
	// guardEvery is how often the memory that messages take is looked at: a peer of
	// this machine sends some hundred MB meanwhile.
	guardEvery = 100 * time.Millisecond

	// guardPatience is for how long connections are cut, one each time, before the
	// broker gives up: it is started again without what it held.
	guardPatience = 10 * time.Second
)

// guard looks at what messages of peers take, and cuts connections. It has open all
// that it needs for that before a peer can connect: peers may take all descriptors.
type guard struct {
	statm       *os.File
	connections *zmq.Guard
	unused      int64 // bytes that Go has of the kernel, and never touches
	failing     bool  // at the last look
}

// newGuard makes the guard; nil if there is no limit.
func newGuard(limit int64) (*guard, error) {
	if limit == 0 {
		return nil, nil
	}
	statm, err := os.Open("/proc/self/statm")
	if err != nil {
		return nil, fmt.Errorf("watch the memory: %w", err)
	}
	connections, err := zmq.NewGuard()
	if err != nil {
		return nil, errors.Join(err, statm.Close())
	}
	g := &guard{statm: statm, connections: connections}
	held, err := g.held()
	if err != nil {
		return nil, errors.Join(err, g.close())
	}
	g.unused = max(-held, 0)
	return g, nil
}

func (g *guard) close() error {
	if g == nil {
		return nil
	}
	return errors.Join(g.statm.Close(), g.connections.Close())
}

// watch looks at the memory that libzmq takes for messages, beside the loop, until ctx
// is done. While it is too much it cuts connections; an error ends the broker.
func (s *Server) watch(ctx context.Context) error {
	if s.guard == nil {
		return nil
	}
	s.guard.connections.Watch(s.Endpoints())
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	for fine := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		held, err := s.guard.held()
		if err == nil && held <= s.cfg.PeerMemory {
			fine = time.Now()
			s.guard.connections.Rest()
		} else if err == nil {
			err = s.cut(held, time.Since(fine))
		}
		if errors.Is(err, errMemory) {
			return err
		}
		s.missed(err)
	}
}

// missed logs that a look at the memory or at the connections went wrong, if the one
// before didn't: the next one may be better.
func (s *Server) missed(err error) {
	if err != nil && !s.guard.failing {
		s.log.Warn("memory of peers cannot be watched", "error", err)
	}
	s.guard.failing = err != nil
}

// cut ends the connection that seems to be at fault that so much is held for so long.
func (s *Server) cut(held int64, lasted time.Duration) error {
	if lasted > guardPatience {
		return fmt.Errorf("%w: %d bytes, and %d are accepted", errMemory, held, s.cfg.PeerMemory)
	}
	cut, err := s.guard.connections.Cut()
	if cut {
		s.log.Warn("messages of peers take too much memory: a connection is cut", "held", held, "limit", s.cfg.PeerMemory)
	}
	return err
}

// statmMax is more than the numbers in it can take, in bytes.
const statmMax = 256

// held returns how many bytes libzmq has: what this process has that is neither the Go
// runtime's nor of a file, and what is lent. What Go has and doesn't use, as a floor of its
// heap, this process doesn't have.
func (g *guard) held() (int64, error) {
	var text [statmMax]byte
	n, err := g.statm.ReadAt(text[:], 0)
	if err != nil && err != io.EOF {
		return 0, fmt.Errorf("look at the memory: %w", err)
	}
	var size, resident, ofFiles int64
	if _, err := fmt.Sscan(string(text[:n]), &size, &resident, &ofFiles); err != nil {
		return 0, fmt.Errorf("look at the memory: statm %q: %w", text[:n], err)
	}
	return (resident-ofFiles)*int64(os.Getpagesize()) - (heldByGo() - g.unused) + int64(zmq.Lent()), nil
}

// heldByGo returns how many bytes the Go runtime has of the kernel.
func heldByGo() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
