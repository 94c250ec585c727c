package zmq

// #include "epoll.h"
import "C"

// spared returns how many calls of epoll_ctl the kernel was spared.
func spared() uint64 { return uint64(C.bcp_spared()) }
