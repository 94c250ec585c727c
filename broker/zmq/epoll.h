// What libzmq asks the kernel; see epoll_linux.c.
#ifndef BCP_EPOLL_H
#define BCP_EPOLL_H

// bcp_spared returns how many calls of epoll_ctl the kernel was spared.
unsigned long bcp_spared(void);

#endif
