package zmq

// LendMin is from which size on frames are lent.
const LendMin = lendMin
