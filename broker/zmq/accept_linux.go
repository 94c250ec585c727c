package zmq

// #include "accept.h"
import "C"

// spare sees to it that connections can be refused when there are no descriptors left.
func spare() { C.bcp_spare() }
