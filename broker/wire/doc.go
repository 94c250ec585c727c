// Package wire turns frames into messages and messages into frames.
//
//	ROUTER  --frames-->  Decode  --Message-->  broker.Step
//	ROUTER  <--frames--  Encode  <--Message--  broker's Sends
//
// The header frame of a message names its dialect. A dialect is a codec to and
// from the same few messages, in files of its own; the core does not know which
// one a peer speaks. PROTOCOL.md beside this file is the specification,
// testdata/vectors its test vectors.
//
//	message*.go, change.go, batch.go           what there is to say
//	code.go, limits.go, check*.go, pair.go     and what may be
//	payload.go                                 where the bodies and results are
//	codec.go                                   which dialect it is
//	bcp2.go, bcp2_command.go                   BCP/2: frames and commands
//	bcp2_layout.go, bcp2_task.go, ...          the fields of each command
//	coder*.go                                  how a field is written and read
//	bundle.go                                  several messages in one
//	bcp1.go, bcp1_client.go, bcp1_worker.go    BCP/1, as beat.core's peers speak it
//	loopback.go                                which hosts are this machine
//
// For a new message of BCP/2: its type in a message file, its number in
// bcp2_command.go, its layout, its section in PROTOCOL.md, and a sample that
// becomes a vector. A layout that was published is never changed.
//
// The package is pure: no I/O, no clock, no state between calls. Payloads
// (bodies, results) pass through uncopied: a decoded message points into the
// frames it came from.
//
// Invariants:
//
//   - Decode accepts exactly what PROTOCOL.md allows and never panics; its
//     errors are *Error with a code that the peer is told.
//   - Decode(Encode(m)) gives m, but for what PROTOCOL.md says that the dialect
//     doesn't keep, and for texts that are too long, which are cut.
//   - What Decode refuses in BCP/2, Encode refuses, so that no peer is sent it.
//   - Codes, commands and option tags are append-only.
package wire
