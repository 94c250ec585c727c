// Package zmq is the broker's socket, a Router on libzmq, and the only package that imports
// zmq4. Clients and workers use the Dealer of package zmtp, which needs no libzmq.
//
//	peer --> tcp, ipc --> Router.Recv     frames, led by the route
//	peer <-- tcp, ipc <-- Router.Send, Post + Flush
//
//	ZMQ_FD --netpoller--> watcher --> Readable()   a Go channel to select on
//
// A call into C costs more than libzmq needs for a small message. So many small messages are
// received or sent in one call. A large frame is not copied but lent to libzmq, which sends it
// from where it is and then gives it back.
//
// A Router belongs to one goroutine, and no call blocks: Recv returns ErrEmpty when nothing
// has arrived, and Send returns ErrCongested when the queue to the peer is full. To wait, the
// owner selects on Readable together with its other channels.
//
// Invariants:
//
//   - No message is missed. ZMQ_FD is edge-triggered, and every call into libzmq may consume
//     the edge. Where that may have happened, Readable looks for messages itself. Its owner
//     has to call it anew for each wait.
//   - A message is sent whole or not at all.
//   - A route names a connection, not a peer. To send to a connection that is gone is an error,
//     ErrUnreachable (ROUTER_MANDATORY).
//   - Every queue, frame and message has a limit, in limits.go, but for one thing: libzmq keeps
//     a message in memory until its last frame has come, and does not limit the number of
//     frames. Against that there is the Guard.
//   - All sockets share one libzmq context as long as any of them is open. Closing the last one
//     waits for what is still to be sent, but no longer than the linger.
//
// Where things are:
//
//	router.go, socket.go       the Router; when and how frames go in and out
//	inbox.go, outbox.go        many messages in one call (batch.c)
//	loans.go                   large frames that libzmq sends from where they are (lend.c)
//	watch.go, context.go       ZMQ_FD as a Go channel; the shared context
//	endpoint.go, ipc.go        addresses, and files of unix sockets
//	guard_linux.go             connections that are cut because they take too much memory
//	memory_linux.go            how the C library keeps and returns memory
//	accept_linux.c             connections are refused when there is no descriptor left for them
//	epoll_linux.c              system calls that libzmq would make for nothing are left out
package zmq
