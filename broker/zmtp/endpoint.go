package zmtp

import (
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// pathMax is the longest PATH of ipc://PATH, in bytes: what the kernel has room for.
const pathMax = len(syscall.RawSockaddrUnix{}.Path) - 1

// EndpointHost returns the host of an endpoint: localhost for ipc, which other
// machines don't reach. Returns ErrEndpoint for what is none; a port has 16 bits, to
// which libzmq would cut a larger one, or is a *.
func EndpointHost(endpoint string) (string, error) {
	scheme, rest, _ := strings.Cut(endpoint, "://")
	if scheme == "ipc" && len(rest) > pathMax {
		return "", fmt.Errorf("%w, with a PATH of at most %d bytes, not %d", ErrEndpoint, pathMax, len(rest))
	}
	if scheme == "ipc" && rest != "" {
		return "localhost", nil
	}
	host, port, err := net.SplitHostPort(rest)
	if scheme != "tcp" || err != nil || host == "" {
		return "", ErrEndpoint
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil && port != "*" {
		return "", fmt.Errorf("%w, with a PORT of at most %d", ErrEndpoint, math.MaxUint16)
	}
	return host, nil
}

// PeerHost is EndpointHost for an endpoint that a peer can connect to: one of
// somebody who listens, without a *.
func PeerHost(endpoint string) (string, error) {
	if _, _, err := address(endpoint); err != nil {
		return "", err
	}
	return EndpointHost(endpoint)
}

// address returns what package net calls the endpoint of somebody who listens.
func address(endpoint string) (network, addr string, err error) {
	host, err := EndpointHost(endpoint)
	if err != nil {
		return "", "", err
	}
	scheme, addr, _ := strings.Cut(endpoint, "://")
	if host == "*" || addr == "*" {
		return "", "", fmt.Errorf("%w; * is for who listens", ErrEndpoint)
	}
	if scheme == "ipc" {
		return "unix", addr, nil
	}
	_, port, _ := net.SplitHostPort(addr)
	if n, err := strconv.Atoi(port); err != nil || n == 0 {
		return "", "", fmt.Errorf("%w, with a PORT from 1 on; 0 is for who listens", ErrEndpoint)
	}
	return "tcp", addr, nil
}
