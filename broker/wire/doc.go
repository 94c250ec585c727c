// Package wire turns frames into messages and messages into frames.
//
//	ROUTER  --frames-->  Decode  --Message-->  broker.Step
//	ROUTER  <--frames--  Encode  <--Message--  broker's Sends
//
// The header frame of a message names its dialect: the protocol that the peer speaks, and
// whether it is a client or a worker. All dialects are codecs for the same messages, each in
// files of its own, so the core need not know which one a peer speaks. PROTOCOL.md beside
// this file is the specification, and testdata/vectors has its test vectors.
//
// The package is pure: it does no I/O, reads no clock and keeps no state between calls.
// Bodies and results are not copied: a decoded message points into the frames that it came
// from, and encoded frames into the message.
//
// Invariants:
//
//   - Decode accepts exactly what PROTOCOL.md allows, and never panics. Its errors are *Error,
//     with a code for the peer.
//   - Decode(Encode(m)) gives m. The exceptions are fields that the dialect doesn't have, as
//     PROTOCOL.md says, and texts that are too long, which Encode cuts.
//   - What Decode refuses in BCP/2 Encode refuses as well, so no peer is sent it.
//   - Codes, commands and option tags are append-only lists: a number keeps its meaning.
//
// # Where things are
//
//	message*.go                                the messages
//	change.go, batch.go                        counts of a change; references within a batch
//	code.go, limits.go, check*.go, pair.go     what is refused, and with which code
//	beats.go                                   bounds of what a broker may set
//	key.go                                     keys that a client counts up
//	payload.go                                 where a message has its bodies and results
//	codec.go                                   Decode and Encode, and which dialect it is
//	bcp2.go, bcp2_command.go                   BCP/2: frames and commands
//	bcp2_layout.go, bcp2_task.go, ...          BCP/2: the fields of each command
//	coder*.go                                  how a field is written and read
//	bundle.go                                  several messages in one
//	bcp1.go, bcp1_client.go, bcp1_worker.go    BCP/1, which the peers of beat.core speak
//	loopback.go                                which hosts are this machine
//
// To add a message to BCP/2, add its type to a message file, its number to bcp2_command.go,
// its layout, its section in PROTOCOL.md, and a sample, from which its test vector is made.
// A layout that was published is never changed.
package wire
