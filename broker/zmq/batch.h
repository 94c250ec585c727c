// Whole batches of messages in and out of a libzmq socket, in one call each: a
// call from Go into C costs more than libzmq takes for a small frame.
#ifndef BCP_BATCH_H
#define BCP_BATCH_H

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

// A frame in a table is its size, and in the highest bit whether more frames of
// its message follow.
#define BCP_MORE ((uint64_t) 1 << 63)

// BCP_ORIGINS is of how many routes the descriptors are remembered at most.
#define BCP_ORIGINS 65536

// bcp_origin is the descriptor from which messages of a route came. Only a route that
// libzmq has made is a connection's alone: a zero byte, and a number of four.
typedef struct {
    uint32_t number;
    int fd;
} bcp_origin;

// bcp_inbox is where the next frame waits when there was no room for it. Each route has
// one place among the origins, by the last bits of its number.
typedef struct {
    zmq_msg_t msg;
    int held;
    int more; // of the message of the frame that came last
    bcp_origin origins[BCP_ORIGINS];
} bcp_inbox;

// bcp_recv takes in frames one after another, without waiting, as long as there are
// any and there is room for them in buf and in the table. It returns how many, and
// for 0 sets *err. A frame of more than most bytes, which buf has room for, is told in
// the table, alone, and stays held, for bcp_held.
int bcp_recv(void *soc, bcp_inbox *in, char *buf, size_t size, size_t most, uint64_t *table, int frames, int *err);

// bcp_origin_of returns the descriptor from which messages of the route came; -1 if it is
// not known.
int bcp_origin_of(const bcp_inbox *in, const unsigned char *route, size_t size);

// bcp_held returns the bytes of the frame that is held, until bcp_drop.
char *bcp_held(bcp_inbox *in);

// bcp_drop gives up the frame that is held, if there is one.
void bcp_drop(bcp_inbox *in);

// bcp_send sends messages whose frames stand one after another in buf, without
// waiting. It sets errs[i] to 0 or why the i-th message was not taken, and returns
// how many were not.
int bcp_send(void *soc, const char *buf, const uint64_t *table, int frames, int *errs);

#endif
