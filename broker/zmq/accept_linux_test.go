package zmq_test

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A connection for which there is no descriptor is closed, and the others are served.
func TestNoDescriptorForAConnection(t *testing.T) {
	for name, endpoint := range map[string]string{
		"tcp": "tcp://127.0.0.1:*", "ipc": "ipc://" + filepath.Join(t.TempDir(), "broker"),
	} {
		t.Run(name, func(t *testing.T) {
			router := listen(t, endpoint)
			peer, route := greet(t, router)
			family, address := addressOf(t, router.Endpoints()[0])
			conn, err := unix.Socket(family, unix.SOCK_STREAM, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(conn)
			noDescriptors(t)
			if err := unix.Connect(conn, address); err != nil {
				t.Fatal(err)
			}
			if n, _ := unix.Read(conn, make([]byte, 1)); n > 0 {
				t.Error("the connection is served")
			}
			send(t, peer, "after")
			if again, _ := routerRecv(t, router); again != route {
				t.Error("the first peer has another connection")
			}
		})
	}
}

// addressOf returns an endpoint's address as the kernel takes it.
func addressOf(t *testing.T, endpoint string) (family int, address unix.Sockaddr) {
	t.Helper()
	if path, ok := strings.CutPrefix(endpoint, "ipc://"); ok {
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: path}
	}
	tcp, err := net.ResolveTCPAddr("tcp4", strings.TrimPrefix(endpoint, "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	return unix.AF_INET, &unix.SockaddrInet4{Port: tcp.Port, Addr: [4]byte(tcp.IP.To4())}
}
