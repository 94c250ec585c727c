#include "batch.h"

#include <errno.h>
#include <string.h>

// The Go runtime sends its threads signals, which may interrupt any call.

static int next(void *soc, bcp_inbox *in)
{
    int rc;
    zmq_msg_init(&in->msg);
    do
        rc = zmq_msg_recv(&in->msg, soc, ZMQ_DONTWAIT);
    while (rc < 0 && zmq_errno() == EINTR);
    in->held = rc >= 0;
    return rc < 0 ? zmq_errno() : 0;
}

static int send_frame(void *soc, const char *buf, size_t size, int more)
{
    int rc;
    do
        rc = zmq_send(soc, buf, size, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
    while (rc < 0 && zmq_errno() == EINTR);
    return rc < 0 ? zmq_errno() : 0;
}

int bcp_recv(void *soc, bcp_inbox *in, char *buf, size_t size, size_t most, uint64_t *table, int frames, int *err)
{
    size_t used = 0;
    int n = 0;
    *err = 0;
    while (n < frames && (in->held || (*err = next(soc, in)) == 0)) {
        size_t need = zmq_msg_size(&in->msg);
        uint64_t entry = need | (zmq_msg_more(&in->msg) ? BCP_MORE : 0);
        if (need > most && n == 0) {
            table[n++] = entry;
            break;
        }
        if (need > most || need > size - used)
            break;
        table[n++] = entry;
        memcpy(buf + used, bcp_held(in), need);
        bcp_drop(in);
        used += need;
    }
    return n;
}

char *bcp_held(bcp_inbox *in)
{
    return zmq_msg_data(&in->msg);
}

void bcp_drop(bcp_inbox *in)
{
    if (in->held)
        zmq_msg_close(&in->msg);
    in->held = 0;
}

int bcp_send(void *soc, const char *buf, const uint64_t *table, int frames, int *errs)
{
    int message = 0, failed = 0, err = 0;
    for (int i = 0; i < frames; i++) {
        size_t size = table[i] & ~BCP_MORE;
        int more = (table[i] & BCP_MORE) != 0;
        // libzmq decides with the first frame: what it has begun to take, it takes.
        if (err == 0)
            err = send_frame(soc, buf, size, more);
        buf += size;
        if (more)
            continue;
        errs[message++] = err;
        failed += err != 0;
        err = 0;
    }
    return failed;
}
