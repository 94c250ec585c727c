package admin

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bcp/broker/admin/api"
)

func TestListenUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.sock")
	l := listen(t, "unix:"+path)
	info, err := os.Stat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o660 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if _, err := Listen("unix:" + path); !errors.Is(err, errInUse) {
		t.Errorf("second listener: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// A socket that a killed broker left is replaced.
func TestListenOnAStaleSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.sock")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	if err := stale.Close(); err != nil {
		t.Fatal(err)
	}
	listen(t, "unix:"+path)
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

// A listener that was replaced doesn't take its successor's socket with it.
func TestCloseLeavesAnothersSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.sock")
	first := listen(t, "unix:"+path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	listen(t, "unix:"+path)
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

func TestListenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := listen(t, "http://127.0.0.1:0")
	for address, says := range map[string]string{
		"unix:" + file:                          "not a socket",
		"unix:" + filepath.Join(dir, "no", "s"): "no such file or directory",
		"unix:/proc/s":                          "listen on unix:/proc/s: in folder /proc nothing can be made: ",
		"http://192.0.2.1:80":                   "loopback",
		"tcp://127.0.0.1:80":                    "unix:PATH or http://127.0.0.1:PORT",
		"http://" + taken.Addr().String():       "another process listens there",
	} {
		if _, err := Listen(address); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v: should say %s", address, err, says)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
		t.Errorf("%q, %v", text, err)
	}
}

// The default's own directory is made, but not where it is somebody else's to
// write to.
func TestListenAtTheDefaultAddress(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	t.Setenv("XDG_RUNTIME_DIR", dir)
	listen(t, api.DefaultAddress())
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(api.DefaultAddress()); err == nil || !strings.Contains(err.Error(), "only writable for this user") {
		t.Errorf("in a directory for all: %v", err)
	}
}
