// Package lean is a load generator that costs little beside the broker: one
// goroutine, plain TCP or Unix sockets, one read and one write for all that a
// connection has to say at a time.
//
//	epoll --> poller --bytes--> conn --frames--> peer: worker, client
//	                 <--bytes--      <--frames--
//
// Workers answer a dispatch at once with start and outcome. Clients submit the
// next task when one has ended. The peers speak BCP/2 by broker/wire and ZMTP by
// package zmtp; they do all that a task's life asks of them, and nothing that
// only matters when something goes wrong: a refusal ends the run.
package lean
