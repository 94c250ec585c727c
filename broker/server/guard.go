package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
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

// guard watches the memory that libzmq takes for messages, beside the loop, until ctx
// is done. While it is too much it cuts connections; an error ends the broker.
func (s *Server) guard(ctx context.Context) error {
	if s.cfg.PeerMemory == 0 {
		return nil
	}
	g, tick := zmq.NewGuard(s.Endpoints()), time.NewTicker(guardEvery)
	defer tick.Stop()
	for fine := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		held, err := heldForPeers()
		if err != nil {
			return fmt.Errorf("look at the memory: %w", err)
		}
		if held <= s.cfg.PeerMemory {
			fine = time.Now()
			continue
		}
		if err := s.cut(g, held, time.Since(fine)); err != nil {
			return err
		}
	}
}

// cut ends the connection that seems to be at fault that so much is held for so long.
func (s *Server) cut(g *zmq.Guard, held int64, lasted time.Duration) error {
	if lasted > guardPatience {
		return fmt.Errorf("%w: %d bytes, and %d are accepted", errMemory, held, s.cfg.PeerMemory)
	}
	cut, err := g.Cut()
	if cut {
		s.log.Warn("messages of peers take too much memory: a connection is cut", "held", held, "limit", s.cfg.PeerMemory)
	}
	return err
}

// heldForPeers returns how many bytes this process has that are neither the Go
// runtime's nor of a file: libzmq's.
func heldForPeers() (int64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return 0, fmt.Errorf("/proc/self/statm: %q", text)
	}
	resident, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0, err
	}
	ofFiles, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return 0, err
	}
	return (resident-ofFiles)*int64(os.Getpagesize()) - heldByGo(), nil
}

// heldByGo returns how many bytes the Go runtime has of the kernel.
func heldByGo() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
