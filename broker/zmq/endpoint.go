package zmq

import (
	"errors"
	"fmt"
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

// bindError gives libzmq's error in words.
func bindError(err error) error {
	switch {
	case errors.Is(err, zmq4.EADDRINUSE):
		return ErrAddressInUse
	case errors.Is(err, zmq4.Errno(syscall.EINVAL)):
		return zmtp.ErrEndpoint
	case errors.Is(err, zmq4.Errno(syscall.ENODEV)), errors.Is(err, zmq4.EADDRNOTAVAIL):
		return fmt.Errorf("this machine has no such address or interface: %w", err)
	}
	return err
}
