package zmq

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pebbe/zmq4"

	"bcp/broker/zmtp"
)

// checkEndpoint looks for what libzmq would do wrong: it takes other transports,
// and for ipc it deletes whatever file is in its way.
func checkEndpoint(endpoint string) error {
	if _, err := zmtp.EndpointHost(endpoint); err != nil {
		return err
	}
	if path, ok := socketFile(endpoint); ok {
		return checkSocketFile(path)
	}
	return nil
}

// chooseFamily enables IPv6 for the endpoint only if it is an IPv6 address:
// libzmq would then prefer it, also where a name like localhost has both and
// the other side listens on IPv4 alone.
func chooseFamily(soc *zmq4.Socket, endpoint string) error {
	if err := soc.SetIpv6(strings.HasPrefix(endpoint, "tcp://[")); err != nil {
		return fmt.Errorf("set socket option: %w", err)
	}
	return nil
}

// bindError gives libzmq's error for an endpoint in words.
func bindError(endpoint string, err error) error {
	path, isFile := socketFile(endpoint)
	switch {
	case errors.Is(err, zmq4.EADDRINUSE):
		return ErrAddressInUse
	case errors.Is(err, zmq4.Errno(syscall.EINVAL)):
		return zmtp.ErrEndpoint
	case errors.Is(err, zmq4.Errno(syscall.ENODEV)), errors.Is(err, zmq4.EADDRNOTAVAIL):
		return fmt.Errorf("no address or interface of this machine, such as 127.0.0.1 or lo: %w", err)
	case isFile && slices.ContainsFunc(barred, func(b error) bool { return errors.Is(err, b) }):
		return fmt.Errorf("in folder %s nothing can be made: %w", filepath.Dir(path), err)
	}
	return err
}

// barred are the errors of a folder in which no file can be made.
var barred = []error{
	zmq4.Errno(syscall.ENOENT), zmq4.Errno(syscall.ENOTDIR), zmq4.Errno(syscall.EACCES), zmq4.Errno(syscall.EROFS),
}
