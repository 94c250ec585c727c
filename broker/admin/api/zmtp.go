package api

import (
	"errors"
	"net"
)

// ErrZMTP tells that the other side of a connection speaks ZMTP, the protocol of ZeroMQ that
// clients and workers use, instead of HTTP.
var ErrZMTP = errors.New("ZeroMQ is spoken there, which is for clients and workers: the admin API has an address of its own")

// RefuseZMTP returns the connection with reads that fail with ErrZMTP if the other side begins
// with a greeting of ZMTP. That has no end of a line, so a reader of HTTP would wait for more.
func RefuseZMTP(conn net.Conn) net.Conn { return &opening{Conn: conn} }

// opening is a connection of which the first byte is looked at: 0xff begins each greeting
// of ZMTP, and nothing in HTTP.
type opening struct {
	net.Conn
	opened bool
}

// CloseWrite closes the connection for writing only. An HTTP server uses that so that the
// other side can read all of an answer before the connection is closed.
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
