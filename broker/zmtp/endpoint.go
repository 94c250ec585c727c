package zmtp

import (
	"net"
	"strconv"
	"strings"
)

// EndpointHost returns the host of an endpoint: localhost for ipc, which other
// machines don't reach. Returns ErrEndpoint for what is none.
func EndpointHost(endpoint string) (string, error) {
	scheme, rest, _ := strings.Cut(endpoint, "://")
	if scheme == "ipc" && rest != "" {
		return "localhost", nil
	}
	host, port, err := net.SplitHostPort(rest)
	if scheme != "tcp" || err != nil || host == "" || port == "" {
		return "", ErrEndpoint
	}
	return host, nil
}

// address returns what package net calls the endpoint of somebody who listens.
func address(endpoint string) (network, addr string, err error) {
	if _, err := EndpointHost(endpoint); err != nil {
		return "", "", err
	}
	scheme, addr, _ := strings.Cut(endpoint, "://")
	if scheme == "ipc" {
		return "unix", addr, nil
	}
	_, port, _ := net.SplitHostPort(addr)
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "", ErrEndpoint
	}
	return "tcp", addr, nil
}
