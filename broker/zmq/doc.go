// Package zmq is the broker's door to ZeroMQ: a Router. Nothing else imports zmq4.
// Peers have the Dealer of package zmtp, which does without libzmq.
//
//	peer --> tcp, ipc --> Router.Recv     frames, led by the route
//	peer <-- tcp, ipc <-- Router.Send, Post + Flush
//
//	ZMQ_FD --netpoller--> watcher --> Readable()   a Go channel to select on
//
// A call into C costs more than libzmq takes for a small message, so whole batches go
// through one: inbox.go and outbox.go, over batch.c; a large frame is lent to libzmq, which
// sends it from where it is: loans.go, over lend.c. All else is zmq4's. On Linux two
// calls of libzmq's threads to the kernel are ours: accept_linux.c lets connections be
// refused for which there is no descriptor, epoll_linux.c spares the kernel what libzmq
// takes back before it matters.
//
// A socket belongs to one goroutine. No call blocks: Recv returns ErrEmpty when
// nothing has arrived, Send returns ErrCongested when the queue toward the peer
// is full. To wait, the owner selects on Readable together with its own
// channels, so that a wake-up by a Go channel is as cheap as one by a message.
//
// Invariants:
//
//   - ZMQ_FD is edge-triggered, and every call into libzmq may consume the edge.
//     Readable looks for messages itself where that may have happened: who waits
//     on what it returned cannot miss one. Call it anew for each wait.
//   - A message is sent whole or not at all.
//   - A route names a connection, not a peer: sending to one that is gone is
//     ErrUnreachable, not silence (ROUTER_MANDATORY).
//   - Every queue, frame and message has a limit, in limits.go. One is out of
//     reach: libzmq holds a message in memory until its last frame is there, and
//     does not count the frames.
//
// The sockets share one libzmq context for as long as any of them is open. Who
// closes the last one waits, no longer than the linger, for what is still to go out.
package zmq
