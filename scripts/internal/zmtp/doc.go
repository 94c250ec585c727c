// Package zmtp speaks as much of ZMTP 3.0 (ZeroMQ RFC 23) as a DEALER without
// encryption needs, over any stream, with nothing between it and the bytes.
//
//	greeting, READY          once, by Handshake
//	Append  ---bytes---> peer
//	Next    <--bytes--- peer
//
//	a frame:  +-------+----------------+---------+
//	          | flags | size, 1 or 8 B | body    |
//	          +-------+----------------+---------+
//
// It exists for load generators, for libzmq costs a peer more than the broker takes,
// and for peers that do what libzmq would not.
package zmtp
