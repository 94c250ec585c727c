package admin

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"bcp/broker/admin/api"
)

// errInUse tells that another process listens at the admin address.
var errInUse = errors.New("another process listens there")

// Listen listens on the admin address, unix:PATH or http://LOOPBACK:PORT. A unix socket has
// mode 0660, so only the user and the group of the process can connect. A socket that a killed
// broker has left behind is replaced; one on which another process listens is an error.
// Closing the listener removes its socket.
func Listen(addr string) (net.Listener, error) {
	a, err := api.ParseAddress(addr)
	if err != nil {
		return nil, err
	}
	if a.Network == "unix" {
		return listenUnix(a.Addr, addr == api.DefaultAddress())
	}
	l, err := net.Listen(a.Network, a.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = errInUse
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", a, err)
	}
	return l, nil
}

func listenUnix(path string, isDefault bool) (net.Listener, error) {
	if isDefault {
		if err := ownDirectory(filepath.Dir(path)); err != nil {
			return nil, err
		}
	}
	if err := checkVacant(path); err != nil {
		return nil, fmt.Errorf("listen on unix:%s: %w", path, err)
	}
	l, err := bind(path)
	if err != nil {
		return nil, fmt.Errorf("listen on unix:%s: %w", path, err)
	}
	return l, nil
}

// ownDirectory makes the directory of the default address if it is missing. In
// a directory that everybody may write to, somebody else may have made it.
func ownDirectory(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the admin socket's directory: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at the admin socket's directory: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || ok && int(owner.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("admin socket's directory %s: a directory that is owned by and only writable for this user is accepted", dir)
	}
	return nil
}

// checkVacant tells whether a socket may be put at path.
func checkVacant(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("the file there is not a socket")
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		_ = conn.Close()
		return errInUse
	}
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// bind makes the socket beside path and renames it, so that nobody can connect
// to it before it has its mode, and an abandoned one is replaced at once.
func bind(path string) (net.Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".bcp-")
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return nil, fmt.Errorf("in folder %s nothing can be made: %w", filepath.Dir(path), failed.Err) // whatever its name
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(dir) }()
	fresh := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	own, err := publish(fresh, path)
	if err != nil {
		_ = l.Close()
		_ = os.Remove(fresh)
		return nil, err
	}
	return &unixListener{UnixListener: l, path: path, own: own}, nil
}

func publish(fresh, path string) (fs.FileInfo, error) {
	if err := os.Chmod(fresh, 0o660); err != nil {
		return nil, err
	}
	own, err := os.Lstat(fresh)
	if err != nil {
		return nil, err
	}
	return own, os.Rename(fresh, path)
}

// unixListener removes its socket when it is closed, but never another's.
type unixListener struct {
	*net.UnixListener
	path string
	own  fs.FileInfo
}

// Close stops listening and removes the socket.
func (l *unixListener) Close() error {
	if info, err := os.Lstat(l.path); err == nil && os.SameFile(info, l.own) {
		_ = os.Remove(l.path)
	}
	return l.UnixListener.Close()
}
