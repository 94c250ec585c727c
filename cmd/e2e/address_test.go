package e2e

import (
	"errors"
	"strings"
	"testing"

	"bcp/broker/zmtp"
	"bcp/client"
)

// Who takes one of a broker's addresses for the other is told at once, over TCP and a
// socket in the file system: who asks the admin API at the one for clients and workers, and
// a worker and a client at that of the admin API.
func TestAddressOfTheOtherSort(t *testing.T) {
	tcp, ipc := startBroker(t), startIPCBroker(t)
	for _, admin := range []string{
		"http://" + strings.TrimPrefix(tcp.endpoint, "tcp://"), "unix:" + strings.TrimPrefix(ipc.endpoint, "ipc://"),
	} {
		for _, args := range [][]string{{"status"}, {"tasks", "list"}, {"tasks", "submit", "--service", "s"}} {
			call(t, program("bcp-ctl"), append(args, "--admin", admin)...).exits(6).
				complains(admin+": ZeroMQ is spoken there", "Give what bcp-broker has for --admin, and not for --listen")
		}
	}
	endpoint := "ipc://" + strings.TrimPrefix(tcp.admin, "unix:")
	call(t, program("bcp-worker"), "--broker", endpoint, "--name", "w", "--", "cat").exits(4).
		complains(endpoint+": not a broker's address for workers", "as a broker's admin address does")
	if c, err := client.Dial(deadline(t), endpoint); !errors.Is(err, zmtp.ErrHTTP) {
		t.Errorf("a client: %v, %v", c, err)
	}
}
