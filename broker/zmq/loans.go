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
//	--lend--> libzmq --give_back--> list --reclaim--> the garbage collector's again
var loans = struct {
	sync.Mutex
	out   map[*C.bcp_loan]loan
	times map[*byte]int // that a frame is lent, always whole: a body may be for many workers
	bytes int           // of all frames, each counted once
}{out: make(map[*C.bcp_loan]loan), times: make(map[*byte]int)}

// loan is a frame that libzmq has for one peer.
type loan struct {
	pin   *runtime.Pinner
	frame []byte
}

// lend sends a frame, at least one byte, that nobody changes any more.
func lend(soc unsafe.Pointer, frame []byte, more bool) error {
	pin := new(runtime.Pinner)
	pin.Pin(&frame[0])
	ticket := (*C.bcp_loan)(C.malloc(C.sizeof_bcp_loan))
	note(ticket, loan{pin, frame})
	follows := C.int(0)
	if more {
		follows = 1
	}
	if errno := C.bcp_lend(soc, unsafe.Pointer(&frame[0]), C.size_t(len(frame)), follows, ticket); errno != 0 {
		return zmq4.Errno(errno)
	}
	return nil
}

func note(ticket *C.bcp_loan, l loan) {
	loans.Lock()
	defer loans.Unlock()
	loans.out[ticket] = l
	if loans.times[&l.frame[0]]++; loans.times[&l.frame[0]] == 1 {
		loans.bytes += len(l.frame)
	}
}

// strike undoes note.
func strike(ticket *C.bcp_loan) {
	l := loans.out[ticket]
	delete(loans.out, ticket)
	l.pin.Unpin()
	if loans.times[&l.frame[0]]--; loans.times[&l.frame[0]] == 0 {
		delete(loans.times, &l.frame[0])
		loans.bytes -= len(l.frame)
	}
}

// reclaim lets go of the frames that libzmq has given back, and returns how many bytes the
// others have.
func reclaim() int {
	loans.Lock()
	defer loans.Unlock()
	if len(loans.out) == 0 {
		return 0
	}
	for ticket := C.bcp_given_back(); ticket != nil; {
		next := ticket.next
		strike(ticket)
		C.free(unsafe.Pointer(ticket))
		ticket = next
	}
	return loans.bytes
}

// Lent returns how many bytes of what Routers were given to send libzmq has in their
// memory: they are the Go runtime's, and libzmq's to let go of.
func Lent() int { return reclaim() }
