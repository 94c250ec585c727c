package zmq

import "encoding/binary"

// routesKept is how many routes are kept as text: of a large fleet most.
const routesKept = 4096

// routes has the routing ids of late as text, so that not each message takes memory for
// its own. Each has one place, by its last bytes: libzmq counts in these.
type routes [routesKept]string

// text returns a routing id as text.
func (r *routes) text(id []byte) string {
	at := &r[0]
	if len(id) >= 2 {
		at = &r[binary.BigEndian.Uint16(id[len(id)-2:])%routesKept]
	}
	if *at != string(id) {
		*at = string(id)
	}
	return *at
}
