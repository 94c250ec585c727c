package api

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"bcp/broker/wire"
)

// pathMax bounds the path of a unix socket, in bytes.
const pathMax = 90

// SocketName is the name of the admin socket in the runtime directory.
const SocketName = "bcp.sock"

// Address is the address of the admin API, as net.Listen and net.Dial accept it.
type Address struct {
	Network string // unix or tcp
	Addr    string // path, or host:port
}

// String returns the address in the form that ParseAddress accepts.
func (a Address) String() string {
	if a.Network == "unix" {
		return "unix:" + a.Addr
	}
	return "http://" + a.Addr
}

// DefaultAddress returns the address that bcp-broker and bcp-ctl use unless another one is
// given: a unix socket in $XDG_RUNTIME_DIR. If that is not set, it is in /run for root, and
// for other users in a directory of their own in the directory for temporary files.
func DefaultAddress() string { return "unix:" + filepath.Join(runtimeDir(), SocketName) }

func runtimeDir() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return dir
	}
	if os.Getuid() == 0 {
		return "/run"
	}
	return filepath.Join(os.TempDir(), "bcp-"+strconv.Itoa(os.Getuid()))
}

// ParseAddress parses unix:PATH or http://HOST:PORT. The host has to be a loopback one,
// because the API has no authentication. The error names what is accepted.
func ParseAddress(s string) (Address, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		return parsePath(s, path)
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" || !isPort(u.Port()) || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return Address{}, fmt.Errorf("admin address %q: unix:PATH or http://127.0.0.1:PORT is accepted", s)
	}
	if !wire.LoopbackHost(u.Hostname()) {
		return Address{}, fmt.Errorf("admin address %q: only a loopback host such as 127.0.0.1 is accepted, for the admin API has no authentication", s)
	}
	return Address{Network: "tcp", Addr: u.Host}, nil
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

func parsePath(s, path string) (Address, error) {
	if path == "" {
		return Address{}, fmt.Errorf("admin address %q: unix:PATH is accepted, and its path is missing", s)
	}
	// The kernel keeps a socket's path in 108 bytes; some are for the name under
	// which the socket is made before it takes its place.
	if len(path) > pathMax {
		return Address{}, fmt.Errorf("admin address: path of %d bytes: at most %d are accepted for a unix socket: %s", len(path), pathMax, path)
	}
	return Address{Network: "unix", Addr: path}, nil
}
