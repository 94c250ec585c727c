package zmq

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// socketFile returns the path of the file that an ipc endpoint names. Others
// have none, or one that libzmq names, and removes, itself.
func socketFile(endpoint string) (path string, ok bool) {
	path, ok = strings.CutPrefix(endpoint, "ipc://")
	return path, ok && path != "*" && !strings.HasPrefix(path, "@")
}

// checkSocketFile tells whether the path may be taken for a socket: nothing is
// there, or a socket on which nobody listens any more. One that can't be connected to for
// another reason, as a long queue, may be somebody's.
func checkSocketFile(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%w: %s is there and is no socket", ErrAddressInUse, path)
	}
	conn, err := net.Dial("unix", path)
	switch {
	case err == nil:
		return errors.Join(ErrAddressInUse, conn.Close())
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("%w: %w", ErrAddressInUse, err)
}

// boundFile is the file of a socket that is bound: libzmq leaves it behind.
type boundFile struct {
	path string
	own  fs.FileInfo
}

// lookAt remembers the file of a socket that has just been bound.
func lookAt(path string) (boundFile, error) {
	own, err := os.Lstat(path)
	if err != nil {
		return boundFile{}, fmt.Errorf("look at the socket's file: %w", err)
	}
	return boundFile{path, own}, nil
}

// remove removes the file, but never another's that has been put in its place.
// While the socket still listens nobody takes the path, so it is done before
// that is closed. A file that stays harms nobody: the next to listen replaces it.
func (f boundFile) remove() {
	if info, err := os.Lstat(f.path); err == nil && os.SameFile(info, f.own) {
		_ = os.Remove(f.path)
	}
}
