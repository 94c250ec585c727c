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

// bcp_inbox is where the next frame waits when there was no room for it.
typedef struct {
    zmq_msg_t msg;
    int held;
} bcp_inbox;

// bcp_recv takes in frames one after another, without waiting, as long as there are
// any and there is room for them in buf and in the table. It returns how many, and
// for 0 sets *err. A frame of more than most bytes, which buf has room for, is told in
// the table, alone, and stays held, for bcp_held.
int bcp_recv(void *soc, bcp_inbox *in, char *buf, size_t size, size_t most, uint64_t *table, int frames, int *err);

// bcp_held returns the bytes of the frame that is held, until bcp_drop.
char *bcp_held(bcp_inbox *in);

// bcp_drop gives up the frame that is held, if there is one.
void bcp_drop(bcp_inbox *in);

// bcp_send sends messages whose frames stand one after another in buf, without
// waiting. It sets errs[i] to 0 or why the i-th message was not taken, and returns
// how many were not.
int bcp_send(void *soc, const char *buf, const uint64_t *table, int frames, int *errs);

#endif
