#include "lend.h"

#include <errno.h>

static bcp_loan *returned;

static void give_back(void *frame, void *hint)
{
    bcp_loan *loan = hint;
    (void) frame;
    loan->next = __atomic_load_n(&returned, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&returned, &loan->next, loan, 1, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

int bcp_lend(void *soc, void *frame, size_t size, int more, bcp_loan *loan)
{
    zmq_msg_t msg;
    int rc, err;
    if (zmq_msg_init_data(&msg, frame, size, give_back, loan) < 0) {
        err = zmq_errno();
        give_back(frame, loan);
        return err;
    }
    // The Go runtime sends its threads signals, which may interrupt any call.
    do
        rc = zmq_msg_send(&msg, soc, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
    while (rc < 0 && zmq_errno() == EINTR);
    err = rc < 0 ? zmq_errno() : 0;
    if (rc < 0)
        zmq_msg_close(&msg); // which gives back
    return err;
}

bcp_loan *bcp_given_back(void)
{
    return __atomic_exchange_n(&returned, NULL, __ATOMIC_ACQUIRE);
}
