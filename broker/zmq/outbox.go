package zmq

// #include "batch.h"
import "C"

import (
	"unsafe"

	"github.com/pebbe/zmq4"
)

const (
	// postBytes and postFrames are what one call into libzmq sends at most.
	postBytes  = 64 << 10
	postFrames = 3 * 256

	// postMax is up to which size a message is copied to where others are, to be sent
	// with them. For a larger one a call of its own is cheaper.
	postMax = 16 << 10
)

// outbox gathers messages to be sent in one call.
//
//	--post--> frame | frame | frame ... --bcp_send--> libzmq
//	          size    size    size
type outbox struct {
	soc   unsafe.Pointer
	buf   []byte
	sizes []uint64 // of the frames in buf, with C.BCP_MORE
	errs  []C.int  // of each message
	count int      // messages
}

// post adds a message, led by its route, if there is room.
func (o *outbox) post(route string, frames [][]byte) bool {
	size := len(route)
	for _, f := range frames {
		size += len(f)
	}
	if size > postMax || len(o.buf)+size > postBytes || len(o.sizes)+1+len(frames) > postFrames {
		return false
	}
	o.buf, o.sizes = append(o.buf, route...), append(o.sizes, uint64(len(route))|C.BCP_MORE)
	for _, f := range frames {
		o.buf, o.sizes = append(o.buf, f...), append(o.sizes, uint64(len(f))|C.BCP_MORE)
	}
	o.sizes[len(o.sizes)-1] &^= C.BCP_MORE
	o.count++
	return true
}

// flush sends the messages and empties the outbox. It calls failed for each that
// libzmq did not take.
func (o *outbox) flush(failed func(place int, err error)) {
	if cap(o.errs) < o.count {
		o.errs = make([]C.int, o.count)
	}
	errs := o.errs[:o.count]
	bad := C.bcp_send(o.soc, (*C.char)(unsafe.Pointer(&o.buf[0])), (*C.uint64_t)(&o.sizes[0]), C.int(len(o.sizes)), &errs[0])
	o.buf, o.sizes, o.count = o.buf[:0], o.sizes[:0], 0
	if bad == 0 {
		return
	}
	for i, errno := range errs {
		if errno != 0 {
			failed(i, translate("send", zmq4.Errno(errno)))
		}
	}
}
