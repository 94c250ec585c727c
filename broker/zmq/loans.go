package zmq

// #include <stdlib.h>
// #include "lend.h"
import "C"

import (
	"runtime"
	"sync"
	"unsafe"

	"github.com/pebbe/zmq4"
)

// lendMin is from which size on, in bytes, a frame is lent to libzmq, which then sends it from
// where it is. A smaller one is copied, which costs less than a loan.
const lendMin = 32 << 10

// loans are the frames that libzmq has of ours, of all sockets. It gives them back when
// they have left, or never will, by a thread of its own or within a call: on a list that
// reclaim empties.
//
//	--lend--> libzmq --bcp_give_back--> list --reclaim--> the garbage collector's again
var loans struct {
	sync.Mutex
	pins map[*C.bcp_loan]*runtime.Pinner
}

// lend sends a frame, at least one byte, that nobody changes any more.
func lend(soc unsafe.Pointer, frame []byte, more bool) error {
	loan := (*C.bcp_loan)(C.malloc(C.sizeof_bcp_loan))
	pin := new(runtime.Pinner)
	pin.Pin(&frame[0])
	loans.Lock()
	if loans.pins == nil {
		loans.pins = make(map[*C.bcp_loan]*runtime.Pinner)
	}
	loans.pins[loan] = pin
	loans.Unlock()
	followed := C.int(0)
	if more {
		followed = 1
	}
	if errno := C.bcp_lend(soc, unsafe.Pointer(&frame[0]), C.size_t(len(frame)), followed, loan); errno != 0 {
		return zmq4.Errno(errno)
	}
	return nil
}

// reclaim lets go of the frames that libzmq has given back, and returns how many it has yet.
func reclaim() int {
	loans.Lock()
	defer loans.Unlock()
	if len(loans.pins) == 0 {
		return 0
	}
	for loan := C.bcp_given_back(); loan != nil; {
		next := loan.next
		loans.pins[loan].Unpin()
		delete(loans.pins, loan)
		C.free(unsafe.Pointer(loan))
		loan = next
	}
	return len(loans.pins)
}
