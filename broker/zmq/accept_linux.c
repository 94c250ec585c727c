#define _GNU_SOURCE
#include "accept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// A descriptor in reserve; -1 if there is none.
static atomic_int spare = -1;

void bcp_spare(void)
{
    int fd;
    if (atomic_load(&spare) >= 0 || (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        return;
    int none = -1;
    if (!atomic_compare_exchange_strong(&spare, &none, fd))
        close(fd);
}

static int take(int soc, struct sockaddr *addr, socklen_t *len, int flags)
{
    return (int) syscall(SYS_accept4, soc, addr, len, flags);
}

// accept4 stands in front of the C library's, for libzmq. When there is no descriptor
// left, libzmq ends the process if the socket is a local one, and else tries again at
// once, for ever. Here the reserve is given for the connection, which is closed: its
// peer comes again later. ECONNABORTED is what libzmq takes in good part.
int accept4(int soc, struct sockaddr *addr, socklen_t *len, int flags)
{
    int fd = take(soc, addr, len, flags);
    if (fd >= 0 || errno != EMFILE && errno != ENFILE)
        return fd;
    int reserve = atomic_exchange(&spare, -1);
    if (reserve >= 0) {
        close(reserve);
        fd = take(soc, addr, len, flags);
        if (fd >= 0)
            close(fd);
    }
    bcp_spare();
    errno = ECONNABORTED;
    return -1;
}
