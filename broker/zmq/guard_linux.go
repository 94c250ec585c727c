package zmq

// #include <malloc.h>
import "C"

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Guard cuts connections from outside libzmq, which keeps a message that has no end
// frame after frame, however much memory that takes: its limits are of one frame,
// and of whole messages. A peer that is cut may come back; what it had said of the
// message is gone.
type Guard struct {
	addresses map[string]bool   // where peers connect, as the kernel names these sockets
	received  map[string]uint64 // bytes, by the name of a connection, at the last look
}

// NewGuard makes a guard for a Router's endpoints.
func NewGuard(endpoints []string) *Guard {
	g := &Guard{addresses: make(map[string]bool), received: make(map[string]uint64)}
	for _, endpoint := range endpoints {
		if path, ok := strings.CutPrefix(endpoint, "ipc://"); ok {
			g.addresses[path] = true
		} else if _, port, err := net.SplitHostPort(strings.TrimPrefix(endpoint, "tcp://")); err == nil {
			g.addresses[":"+port] = true
		}
	}
	return g
}

// connection is a peer's, as the kernel sees it.
type connection struct {
	fd   int
	name string // unlike the descriptor's number never given again
	held int    // bytes that it has sent since the last look, or that wait in either direction
}

// Cut ends the connection that seems to make the broker hold most, and gives what
// memory is free back to the kernel. It tells whether there was one. Once is mostly
// not enough: libzmq frees in its own time.
func (g *Guard) Cut() (bool, error) {
	defer Trim()
	connections, err := g.look()
	if err != nil {
		return false, err
	}
	var worst connection
	for _, c := range connections {
		if c.held > worst.held {
			worst = c
		}
	}
	if worst.held == 0 {
		return false, nil
	}
	if err := unix.Shutdown(worst.fd, unix.SHUT_RDWR); err != nil && err != unix.ENOTCONN {
		return false, fmt.Errorf("cut a connection: %w", err)
	}
	return true, nil
}

// Trim gives memory that is free back to the kernel.
func Trim() { C.malloc_trim(0) }

// look lists the peers' connections among the descriptors of this process.
func (g *Guard) look() (list []connection, err error) {
	const folder = "/proc/self/fd"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	received := make(map[string]uint64, len(g.received))
	for _, e := range entries {
		name, err := os.Readlink(filepath.Join(folder, e.Name()))
		fd, wrong := strconv.Atoi(e.Name())
		if err != nil || wrong != nil || !strings.HasPrefix(name, "socket:") || !g.isPeer(fd) {
			continue
		}
		total := receivedBy(fd)
		received[name] = total
		list = append(list, connection{fd, name, int(total-g.received[name]) + waiting(fd)})
	}
	g.received = received
	return list, nil
}

// isPeer tells whether a socket is of a connection to one of the endpoints.
func (g *Guard) isPeer(fd int) bool {
	if listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || listens != 0 {
		return false
	}
	address, err := unix.Getsockname(fd)
	if err != nil {
		return false
	}
	switch a := address.(type) {
	case *unix.SockaddrInet4:
		return g.addresses[":"+strconv.Itoa(a.Port)]
	case *unix.SockaddrInet6:
		return g.addresses[":"+strconv.Itoa(a.Port)]
	case *unix.SockaddrUnix:
		return g.addresses[a.Name]
	}
	return false
}

// receivedBy returns the bytes that came over a connection: 0 where the kernel does
// not count.
func receivedBy(fd int) uint64 {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return 0
	}
	return info.Bytes_received
}

// waiting returns the bytes that wait in the kernel, to be read or to be sent.
func waiting(fd int) (bytes int) {
	for _, which := range []uint{unix.SIOCINQ, unix.SIOCOUTQ} {
		if n, err := unix.IoctlGetInt(fd, which); err == nil {
			bytes += n
		}
	}
	return bytes
}
