package zmq

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Guard cuts connections that make libzmq take too much memory. Libzmq limits the size of a
// frame and the number of messages, but not the number of frames of a message: it keeps all
// frames of a message whose last one never comes. The Guard closes such a connection from
// outside libzmq. The peer may connect again; the frames that it had sent are lost.
type Guard struct {
	folder    *os.File          // of this process's descriptors; open, for later there may be none left for it
	addresses map[string]bool   // where peers connect, as the kernel names these sockets
	received  map[string]uint64 // bytes, by the name of a connection, at the last look; nil before the first
}

// descriptors is the folder of what this process has open.
const descriptors = "/proc/self/fd"

// NewGuard makes a guard that watches no endpoints yet. It needs a file descriptor, and has to
// be made before peers can connect, because they may take all that there are.
func NewGuard() (*Guard, error) {
	folder, err := os.Open(descriptors)
	if err != nil {
		return nil, fmt.Errorf("watch connections: %w", err)
	}
	return &Guard{folder: folder, addresses: make(map[string]bool)}, nil
}

// Close closes the guard. Connections stay as they are.
func (g *Guard) Close() error { return g.folder.Close() }

// Watch adds the endpoints of a Router, as it returns them, to those whose connections Cut may
// end.
func (g *Guard) Watch(endpoints []string) {
	for _, endpoint := range endpoints {
		if path, ok := strings.CutPrefix(endpoint, "ipc://"); ok {
			g.addresses[path] = true
		} else if _, port, err := net.SplitHostPort(strings.TrimPrefix(endpoint, "tcp://")); err == nil {
			g.addresses[":"+port] = true
		}
	}
}

// Rest tells the guard that there is enough memory. What connections send until the next Cut
// does not count against them.
func (g *Guard) Rest() { g.received = nil }

// connection is a peer's, as the kernel sees it.
type connection struct {
	fd   int
	name string // unlike the descriptor's number never given again
	held int    // bytes that it has sent since the last look, or that wait in either direction
}

// Cut ends the connection that seems to take the most memory, by what it has sent since the
// last look and what waits for it in the kernel in either direction. It returns whether it
// ended one, and gives free memory back to the kernel. The caller has to call it again while
// memory is short, because libzmq frees it only after a while. The first Cut, and the first
// one after Rest, only looks at how much each connection has sent so far.
func (g *Guard) Cut() (bool, error) {
	defer Trim()
	first := g.received == nil
	connections, err := g.look()
	if err != nil || first {
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
	return worst.cut()
}

// cut ends the connection, unless libzmq has closed it meanwhile: its descriptor may
// be another's then.
func (c *connection) cut() (bool, error) {
	if name, err := os.Readlink(filepath.Join(descriptors, strconv.Itoa(c.fd))); err != nil || name != c.name {
		return false, nil
	}
	switch err := unix.Shutdown(c.fd, unix.SHUT_RDWR); err {
	case nil, unix.ENOTCONN:
		return true, nil
	case unix.EBADF, unix.ENOTSOCK:
		return false, nil
	default:
		return false, fmt.Errorf("cut a connection: %w", err)
	}
}

// look lists the peers' connections among the descriptors of this process.
func (g *Guard) look() (list []connection, err error) {
	if _, err := g.folder.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	numbers, err := g.folder.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	seen := make(map[string]uint64, len(g.received))
	for _, number := range numbers {
		name, err := os.Readlink(filepath.Join(descriptors, number))
		fd, wrong := strconv.Atoi(number)
		if err != nil || wrong != nil || !strings.HasPrefix(name, "socket:") || !g.isPeer(fd) {
			continue
		}
		total, _, _ := received(fd)
		seen[name] = total
		list = append(list, connection{fd, name, int(total-g.received[name]) + waiting(fd)})
	}
	g.received = seen
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

// received returns the bytes that came over a connection, and how long ago the last did:
// false where the kernel doesn't know.
func received(fd int) (bytes uint64, ago time.Duration, ok bool) {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return 0, 0, false
	}
	return info.Bytes_received, time.Duration(info.Last_data_recv) * time.Millisecond, true
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
