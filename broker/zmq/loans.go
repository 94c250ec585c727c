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
	lines map[line]int  // how many are on their way over each
}{out: make(map[*C.bcp_loan]loan), times: make(map[*byte]int), lines: make(map[line]int)}

// line is the way to one peer of a socket.
type line struct {
	soc   unsafe.Pointer
	route string
}

// loan is a frame that libzmq has for one peer.
type loan struct {
	pin   *runtime.Pinner
	frame []byte
	to    line
}

// lend sends a frame, at least one byte, that nobody changes any more, as part of a message
// to the route.
func lend(to line, frame []byte, more bool) error {
	pin := new(runtime.Pinner)
	pin.Pin(&frame[0])
	ticket := (*C.bcp_loan)(C.malloc(C.sizeof_bcp_loan))
	note(ticket, loan{pin, frame, to})
	follows := C.int(0)
	if more {
		follows = 1
	}
	if errno := C.bcp_lend(to.soc, unsafe.Pointer(&frame[0]), C.size_t(len(frame)), follows, ticket); errno != 0 {
		return zmq4.Errno(errno)
	}
	return nil
}

func note(ticket *C.bcp_loan, l loan) {
	loans.Lock()
	defer loans.Unlock()
	loans.out[ticket] = l
	loans.lines[l.to]++
	if loans.times[&l.frame[0]]++; loans.times[&l.frame[0]] == 1 {
		loans.bytes += len(l.frame)
	}
}

// strike undoes note.
func strike(ticket *C.bcp_loan) {
	l := loans.out[ticket]
	delete(loans.out, ticket)
	l.pin.Unpin()
	if loans.lines[l.to]--; loans.lines[l.to] == 0 {
		delete(loans.lines, l.to)
	}
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
	takeBack()
	return loans.bytes
}

// lent tells whether libzmq has frames that are to go over the line.
func lent(over line) bool {
	loans.Lock()
	defer loans.Unlock()
	takeBack()
	return loans.lines[over] > 0
}

// takeBack strikes the loans that were given back.
func takeBack() {
	if len(loans.out) == 0 {
		return
	}
	for ticket := C.bcp_given_back(); ticket != nil; {
		next := ticket.next
		strike(ticket)
		C.free(unsafe.Pointer(ticket))
		ticket = next
	}
}

// Lent returns how many bytes are in large frames that Routers have lent to libzmq and that it
// has not given back. They are in Go memory, which cannot be freed until then.
func Lent() int { return reclaim() }
