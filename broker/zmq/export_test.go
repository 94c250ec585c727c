package zmq

// LendMin is from which size on frames are lent.
const LendMin = lendMin

// Lent returns how many frames libzmq has that are ours.
func Lent() int { return reclaim() }
