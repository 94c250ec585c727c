package zmq

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"

	"bcp/broker/zmtp"
	"bcp/scripts/mutants"
)

// FuzzEndpoint reads any text as an endpoint: what is accepted is of a kind that is
// known, with a host, and a port that fits.
func FuzzEndpoint(f *testing.F) {
	seeds := mutants.Texts("tcp://127.0.0.1:5555", "tcp://[::1]:1", "tcp://*:*", "ipc:///no/such/folder/s", "ipc://@name", "inproc://x", "tcp://h:65536", "")
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		endpoint := string(input)
		host, err := zmtp.EndpointHost(endpoint)
		if err != nil {
			if !errors.Is(err, zmtp.ErrEndpoint) || host != "" {
				t.Errorf("%q is of host %q, %v", endpoint, host, err)
			}
			return
		}
		address, tcp := strings.CutPrefix(endpoint, "tcp://")
		if host == "" || !tcp && !strings.HasPrefix(endpoint, "ipc://") {
			t.Errorf("%q is of host %q", endpoint, host)
		}
		if !tcp {
			return
		}
		_, port, err := net.SplitHostPort(address)
		if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil && port != "*" {
			t.Errorf("%q is accepted with port %q, %v", endpoint, port, err)
		}
	})
}
