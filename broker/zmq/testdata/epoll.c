// Does with epoll what libzmq's I/O threads do, in ways that libzmq comes to by chance
// only. It is built with epoll_linux.c, and its argument names what to do.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { most = 256, in = EPOLLIN, both = EPOLLIN | EPOLLOUT };

static int set;
static struct epoll_event events[most];

static void fail(const char *what, long n)
{
    fprintf(stderr, "%s: %ld\n", what, n);
    exit(1);
}

static void control(int op, int fd, unsigned want)
{
    struct epoll_event e = { .events = want, .data.fd = fd };
    if (epoll_ctl(set, op, fd, &e) != 0)
        fail("epoll_ctl failed for", fd);
}

static void want(int fd, unsigned events) { control(EPOLL_CTL_MOD, fd, events); }

// connection returns one that is watched for what there is to read, and its other side.
static int connection(int *other)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
        fail("no connection", 0);
    control(EPOLL_CTL_ADD, fds[0], 0);
    want(fds[0], in);
    *other = fds[1];
    return fds[0];
}

// told waits as often, and tells whether there is room, or something to read, on fd.
static unsigned told(int fd, int waits, int most)
{
    unsigned all = 0;
    for (; waits > 0; waits--) {
        int n = epoll_wait(set, events, most, 0);
        if (n < 0 || n > most)
            fail("epoll_wait returned", n);
        for (int i = 0; i < n; i++)
            if (events[i].data.fd == fd)
                all |= events[i].events;
    }
    return all;
}

// While more than one wait takes go on writing, nobody is passed over.
static void busy(void)
{
    enum { peers = 3 * most, longest = 16 };
    int fds[peers], last[peers] = { 0 }, other;
    for (int i = 0; i < peers; i++)
        want(fds[i] = connection(&other), both);
    for (int wait = 1; wait < 10 * longest; wait++) {
        int n = epoll_wait(set, events, most, -1); // there is always somebody to tell
        for (int i = 0; i < n; i++)
            want(events[i].data.fd, in);
        for (int i = 0; i < n; i++) {
            want(events[i].data.fd, both);
            for (int p = 0; p < peers; p++)
                if (fds[p] == events[i].data.fd)
                    last[p] = wait;
        }
        for (int p = 0; p < peers; p++)
            if (wait - last[p] > longest)
                fail("this many waits passed a peer over", wait - last[p]);
    }
}

// A connection without room is told of it when there is some.
static void stalled(void)
{
    int other, fd = connection(&other);
    char junk[4096] = { 0 };
    while (write(fd, junk, sizeof junk) > 0)
        ;
    want(fd, both);
    told(fd, 2, most); // offered once
    if (told(fd, 4, most) & EPOLLOUT)
        fail("there is no room, but it is told", 0);
    while (read(other, junk, sizeof junk) > 0)
        ;
    if (!(told(fd, 1, most) & EPOLLOUT))
        fail("there is room, but it isn't told", 0);
    want(fd, in);
    if (told(fd, 4, most) & EPOLLOUT)
        fail("nobody wants to write, but room is told", 0);
}

// Who reads no more is not told of what there is to read, but of room.
static void deaf(void)
{
    int other, fd = connection(&other);
    if (write(other, "x", 1) != 1)
        fail("write failed", 0);
    want(fd, both);
    want(fd, EPOLLOUT);
    if (told(fd, 4, most) != EPOLLOUT)
        fail("told of more than room, or of none", 0);
}

// A descriptor is given again: what was offered for the one before is forgotten.
static void reused(void)
{
    int other, fd = connection(&other), next;
    want(fd, both);
    control(EPOLL_CTL_DEL, fd, 0);
    close(fd);
    if ((next = connection(&other)) != fd)
        fail("another descriptor", next);
    if (told(fd, 4, most) != 0)
        fail("told of room that nobody asked for", 0);
    want(fd, both);
    if (!(told(fd, 2, most) & EPOLLOUT))
        fail("not told of room", 0);
}

// A small list takes all, bit by bit.
static void few(void)
{
    enum { peers = 5 };
    int fds[peers], other;
    for (int i = 0; i < peers; i++)
        want(fds[i] = connection(&other), both);
    for (int i = 0; i < peers; i++) {
        if (!(told(fds[i], 8 * peers, 1) & EPOLLOUT))
            fail("not told of room", i);
        want(fds[i], in);
    }
}

// More than there are places for offers ask the kernel.
static void many(void)
{
    enum { peers = 1500 };
    int fds[peers], other, rest = peers;
    for (int i = 0; i < peers; i++)
        want(fds[i] = connection(&other), both);
    for (int waits = 0; rest > 0; waits++) {
        if (waits > 64)
            fail("so many were not told of room", rest);
        for (int n = epoll_wait(set, events, most, 0); n > 0; n--, rest--)
            want(events[n - 1].data.fd, in);
    }
}

static const struct { const char *name; void (*run)(void); } all[] = {
    { "busy", busy }, { "stalled", stalled }, { "deaf", deaf },
    { "reused", reused }, { "few", few }, { "many", many },
};

static void *thread(void *name)
{
    pthread_setname_np(pthread_self(), "ZMQbg/IO/0");
    set = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0) {
            all[i].run();
            exit(0);
        }
    fail("no such scene", 0);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t t;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 2;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (argc != 2 || pthread_create(&t, NULL, thread, argv[1]) != 0)
        return 2;
    pthread_join(t, NULL);
    return 2;
}
