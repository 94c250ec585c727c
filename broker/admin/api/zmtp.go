package api

import (
	"errors"
	"net"
)

// ErrZMTP tells that the other side speaks ZMTP, as clients and workers do with a broker,
// and no HTTP.
var ErrZMTP = errors.New("ZeroMQ is spoken there, which is for clients and workers: the admin API has an address of its own")

// RefuseZMTP has the connection fail with ErrZMTP as soon as the other side opens it as
// ZMTP: such a greeting has no end of a line, and who reads HTTP would wait for one.
func RefuseZMTP(conn net.Conn) net.Conn { return &opening{Conn: conn} }

// opening is a connection of which the first byte is looked at: 0xff begins each greeting
// of ZMTP, and nothing in HTTP.
type opening struct {
	net.Conn
	opened bool
}

// CloseWrite says that nothing more is written, so that the other side reads all of an
// answer before it is told that nobody reads what it writes.
func (o *opening) CloseWrite() error {
	half, ok := o.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

func (o *opening) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	if n == 0 || o.opened {
		return n, err
	}
	if o.opened = true; b[0] == 0xff {
		return 0, ErrZMTP
	}
	return n, err
}
