package zmq

// Spared returns how many calls of epoll_ctl the kernel was spared.
func Spared() uint64 { return spared() }
