// Package zmtp is the peers' door to ZeroMQ: as much of ZMTP 3 (RFC 23) as a DEALER
// without encryption needs. It does without libzmq, whose thread and whose calls from Go
// cost a peer more than the rest of a task; so peers need no C either.
//
//	Sender --> Dealer.Send, Flush --> outlet --> tcp, ipc
//	                                  link       connects, and connects again
//	           Dealer.Recv       <--- intake <-- tcp, ipc
//
// A frame, as Append makes it and Next takes it apart:
//
//	+-------+----------------+---------+
//	| flags | size, 1 or 8 B | body    |
//	+-------+----------------+---------+
//
// A Dealer belongs to one goroutine, and no call blocks but Close and Drop: Recv returns ErrEmpty
// when nothing has arrived, Send returns ErrCongested when the queue toward the peer is
// full. To wait, the owner selects on Readable together with its own channels. An owner
// with a lock can take messages in the goroutine that reads them: see NewDealerFunc. Dial,
// Handshake, Append and Next are also for load generators, and for peers that do what no
// other would.
//
// Invariants:
//
//   - A message is received whole or not at all. One that is under way when its
//     connection ends is lost, and some that were sent before it may be; the others leave
//     over the next connection, in order.
//   - Every queue and message has a limit, in limits.go. A peer that keeps none of them
//     is left, and tried again.
package zmtp
