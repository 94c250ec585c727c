// Package wire turns frames into messages and messages into frames.
//
//	ROUTER  --frames-->  Decode  --Message-->  broker.Step
//	ROUTER  <--frames--  Encode  <--Message--  broker's Sends
//
// The header frame of a message names its dialect. A dialect is a codec to and
// from the same few messages, in a file of its own (bcp2_*.go, bcp1_*.go); the
// core does not know which one a peer speaks. PROTOCOL.md beside this file is
// the specification, testdata/vectors its test vectors.
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
//   - What Decode refuses, Encode refuses, so that no peer is sent it.
//   - Codes, commands and option tags are append-only.
package wire
