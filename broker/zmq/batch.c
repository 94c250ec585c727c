#include "batch.h"

#include <errno.h>
#include <string.h>

// The Go runtime sends its threads signals, which may interrupt any call.

// number_of reads the number of a route that libzmq has made; 0 if it was chosen by a peer.
static uint32_t number_of(const unsigned char *route, size_t size)
{
    if (size != 5 || route[0] != 0)
        return 0;
    return (uint32_t) route[1] << 24 | (uint32_t) route[2] << 16 | (uint32_t) route[3] << 8 | route[4];
}

// note remembers where a route's messages come from. To ask libzmq takes longer than all
// else here: only the first one of many is worth it.
static void note(bcp_inbox *in)
{
    uint32_t number = number_of(zmq_msg_data(&in->msg), zmq_msg_size(&in->msg));
    bcp_origin *o = &in->origins[number % BCP_ORIGINS];
    if (number == 0 || o->number == number)
        return;
    o->number = number;
    o->fd = zmq_msg_get(&in->msg, ZMQ_SRCFD);
}

int bcp_origin_of(const bcp_inbox *in, const unsigned char *route, size_t size)
{
    uint32_t number = number_of(route, size);
    const bcp_origin *o = &in->origins[number % BCP_ORIGINS];
    return number != 0 && o->number == number ? o->fd : -1;
}

static int next(void *soc, bcp_inbox *in)
{
    int rc;
    zmq_msg_init(&in->msg);
    do
        rc = zmq_msg_recv(&in->msg, soc, ZMQ_DONTWAIT);
    while (rc < 0 && zmq_errno() == EINTR);
    in->held = rc >= 0;
    if (rc < 0)
        return zmq_errno();
    if (!in->more)
        note(in);
    in->more = zmq_msg_more(&in->msg);
    return 0;
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
