// Frames that libzmq sends from where they are, and gives back.
#ifndef BCP_LEND_H
#define BCP_LEND_H

#include <stddef.h>
#include <zmq.h>

// bcp_loan stands for a frame that is lent; it is the caller's to free when given back.
typedef struct bcp_loan {
    struct bcp_loan *next;
} bcp_loan;

// bcp_lend sends a frame without waiting, and returns 0 or why libzmq did not take it. In
// either case the loan is given back, once, when nobody reads the frame any more.
int bcp_lend(void *soc, void *frame, size_t size, int more, bcp_loan *loan);

// bcp_given_back returns the loans that were given back since the last call, as a list.
bcp_loan *bcp_given_back(void);

#endif
