#define _GNU_SOURCE
#include "epoll.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

// epoll_ctl and epoll_wait stand in front of the C library's, for libzmq's I/O threads.
// Whatever these send, they ask the kernel first to tell when there is room, then write,
// are told that there is room, have nothing more to write, and ask not to be told: two
// calls for each message, and in almost all cases for nothing.
//
//	libzmq                   here                              kernel
//	MOD in+out  ------------> an offer                          in
//	send        ------------------------------------------>     in
//	epoll_wait  ------------> "there is room"                   in
//	MOD in      ------------> no offer                          in
//	epoll_wait  ------------------------------------------>     in
//
// Who still wants to write at the second epoll_wait has found no room, or has more to
// write than it does at a time: then the kernel is asked. So a wish is never lost, and
// the kernel is heard at every second epoll_wait at least.
//
// To be told of room where there is none does no harm to a connection that is read
// from: its socket doesn't block. One that is being made is asked for writing alone,
// where "there is room" means "connected": that goes to the kernel at once.
//
// A descriptor is known from its ADD to its DEL, which libzmq calls always, and has the
// same data in all calls between. Other threads, and other epoll sets, are not touched.

// offersMax is how many connections may have an offer at a time: more than one epoll_wait
// of libzmq's takes, so that the rest of a burst waits here as well. It takes 256, so
// passesMax is in how many turns all have been told. Whoever was passed over more often, for
// those that were told have new offers, is given to the kernel.
enum { offersMax = 1024, passesMax = offersMax / 256 };

typedef struct {
    int fd;
    int passes; // how often the kernel was asked since it was made
    bool told;
    struct epoll_event event;
} offer;

typedef struct {
    uint32_t kernel; // what the kernel watches it for; 0 for nothing, or for what isn't known
    int place;       // of its offer, counted from 1; 0 for none
} watched;

// poller is what an I/O thread has: its own, so that it takes no lock.
typedef struct {
    int epfd;
    watched *fds;
    int size; // of fds
    offer offers[offersMax];
    int count; // of offers
    bool asked; // the last epoll_wait went to the kernel
} poller;

static _Thread_local poller *own;
static _Thread_local bool looked;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_ulong spared;

unsigned long bcp_spared(void) { return atomic_load(&spared); }

static void drop(void *p)
{
    own = NULL;
    free(((poller *) p)->fds);
    free(p);
}

static void make_key(void) { pthread_key_create(&key, drop); }

// adopt makes the calling thread's poller, if the thread is one of libzmq's for I/O,
// which have a name.
static void adopt(int epfd)
{
    char name[16];
    looked = true;
    if (pthread_getname_np(pthread_self(), name, sizeof name) != 0 || strstr(name, "ZMQbg/IO") == NULL)
        return;
    pthread_once(&once, make_key);
    poller *p = calloc(1, sizeof *p);
    if (p == NULL)
        return;
    p->epfd = epfd;
    if (pthread_setspecific(key, p) == 0)
        own = p;
    else
        free(p);
}

// poller_of returns the thread's poller; NULL if the call is none of ours.
static poller *poller_of(int epfd)
{
    if (!looked)
        adopt(epfd);
    return own != NULL && own->epfd == epfd ? own : NULL;
}

static int control(int epfd, int op, int fd, struct epoll_event *event)
{
    return (int) syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

// note keeps what the kernel watches a descriptor for. One that there is no memory for
// isn't known.
static void note(poller *p, int fd, uint32_t events)
{
    if (fd >= p->size) {
        int size = fd < 512 ? 1024 : 2 * fd;
        watched *fds = realloc(p->fds, size * sizeof *fds);
        if (fds == NULL)
            return;
        memset(fds + p->size, 0, (size - p->size) * sizeof *fds);
        p->fds = fds;
        p->size = size;
    }
    p->fds[fd].kernel = events;
}

static bool put_offer(poller *p, int fd, const struct epoll_event *event)
{
    if (p->count == offersMax)
        return false;
    p->offers[p->count++] = (offer){ .fd = fd, .event = *event };
    p->fds[fd].place = p->count;
    return true;
}

// take_offer takes a descriptor's offer back, if it has one; the last takes its place.
static void take_offer(poller *p, int fd)
{
    int place = p->fds[fd].place;
    if (place == 0)
        return;
    p->fds[fd].place = 0;
    offer last = p->offers[--p->count];
    if (last.fd == fd)
        return;
    p->offers[place - 1] = last;
    p->fds[last.fd].place = place;
}

// spare tells whether the kernel need not hear of a change: it goes on watching for what
// there is to read.
static bool spare(poller *p, int fd, const struct epoll_event *event)
{
    if (p->fds[fd].kernel != EPOLLIN)
        return false;
    return event->events == EPOLLIN || event->events == (EPOLLIN | EPOLLOUT) && put_offer(p, fd, event);
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
    poller *p = poller_of(epfd);
    if (p == NULL || fd < 0)
        return control(epfd, op, fd, event);
    if (fd < p->size) {
        take_offer(p, fd);
        if (op == EPOLL_CTL_MOD && spare(p, fd, event)) {
            atomic_fetch_add_explicit(&spared, 1, memory_order_relaxed);
            return 0;
        }
    }
    int rc = control(epfd, op, fd, event);
    if (rc == 0)
        note(p, fd, op == EPOLL_CTL_DEL ? 0 : event->events);
    return rc;
}

// tell writes down offers that libzmq hasn't been told of, and returns how many.
static int tell(poller *p, struct epoll_event *events, int most)
{
    int n = 0;
    for (int i = 0; i < p->count && n < most; i++) {
        offer *o = &p->offers[i];
        if (o->told)
            continue;
        o->told = true;
        events[n] = o->event;
        events[n++].events = EPOLLOUT;
    }
    return n;
}

// arm has the kernel watch those that were told and still want to write, or have waited
// too long.
static bool arm(poller *p)
{
    for (int i = p->count - 1; i >= 0; i--) {
        offer o = p->offers[i];
        if (!o.told && ++p->offers[i].passes <= passesMax)
            continue;
        take_offer(p, o.fd);
        if (control(p->epfd, EPOLL_CTL_MOD, o.fd, &o.event) != 0)
            return false;
        note(p, o.fd, o.event.events);
    }
    return true;
}

int epoll_wait(int epfd, struct epoll_event *events, int most, int timeout)
{
    poller *p = poller_of(epfd);
    if (p != NULL && p->asked && p->count > 0) {
        p->asked = false;
        return tell(p, events, most);
    }
    if (p != NULL) {
        p->asked = true;
        if (!arm(p))
            return -1;
        if (p->count > 0)
            timeout = 0;
    }
    return (int) syscall(SYS_epoll_pwait, epfd, events, most, timeout, NULL, 8);
}
