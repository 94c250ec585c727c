package zmq

// #cgo pkg-config: libzmq
// #include <stdlib.h>
// #include "batch.h"
import "C"

import (
	"bytes"
	"reflect"
	"unsafe"

	"github.com/pebbe/zmq4"
)

const (
	// takeBytes and takeFrames are what one call into libzmq takes in at most: 256
	// messages of a routing id and two frames, if they are small.
	takeBytes  = 64 << 10
	takeFrames = 3 * 256

	// takeMax is up to which size a frame is taken in with others. A larger one comes
	// alone: it is copied once, and not by way of these.
	takeMax = 16 << 10
)

// inbox takes in frames by whole batches, and gives them out one by one.
//
//	libzmq --bcp_recv--> frame | frame | frame ... --next--> where it is --own--> a copy
//	                     size    size    size
type inbox struct {
	soc   unsafe.Pointer
	held  *C.bcp_inbox // a frame that there was no room for; libzmq's memory
	buf   []byte
	sizes []uint64 // of the frames in buf, with C.BCP_MORE

	rest []byte   // of buf: what has not been given out
	left []uint64 // of sizes, likewise
	last bool     // no frame had come after these
}

func newInbox(soc *zmq4.Socket) *inbox {
	return &inbox{
		soc: raw(soc), held: (*C.bcp_inbox)(C.calloc(1, C.sizeof_bcp_inbox)),
		buf: make([]byte, takeBytes), sizes: make([]uint64, takeFrames),
	}
}

// raw returns libzmq's pointer to the socket, which zmq4 keeps to itself.
func raw(soc *zmq4.Socket) unsafe.Pointer {
	return reflect.ValueOf(soc).Elem().FieldByName("soc").UnsafePointer()
}

func (in *inbox) empty() bool { return len(in.left) == 0 }

// next returns the next frame, which is good until the next call that takes in a batch,
// and whether more of its message follow; see own. Only when it is empty it calls libzmq;
// and not when the batch before was the last, which it tells first.
func (in *inbox) next() (frame []byte, more bool, err error) {
	if in.empty() && in.last {
		in.last = false
		return nil, false, ErrEmpty
	}
	if in.empty() {
		if err := in.fill(); err != nil {
			return nil, false, err
		}
	}
	size, more := split(in.left[0])
	if size > takeMax {
		frame = in.take(size)
	} else {
		frame, in.rest = in.rest[:size:size], in.rest[size:]
	}
	in.left = in.left[1:]
	return frame, more, nil
}

// own returns a frame of next's that is the caller's to keep: a copy, unless it was too
// large to be taken in with others.
func (in *inbox) own(frame []byte) []byte {
	if len(frame) > takeMax {
		return frame
	}
	return bytes.Clone(frame)
}

// split tells the size of a frame, and whether more of its message follow.
func split(entry uint64) (size int, more bool) {
	return int(entry &^ C.BCP_MORE), entry&C.BCP_MORE != 0
}

// fill takes in the next batch, or has the one frame held that is too large for it.
func (in *inbox) fill() error {
	var why C.int
	n := C.bcp_recv(in.soc, in.held, (*C.char)(unsafe.Pointer(&in.buf[0])), C.size_t(len(in.buf)), takeMax,
		(*C.uint64_t)(&in.sizes[0]), C.int(len(in.sizes)), &why)
	if n == 0 {
		in.last = false
		return translate("receive", zmq4.Errno(why))
	}
	in.rest, in.left, in.last = in.buf, in.sizes[:n], zmq4.Errno(why) == again
	return nil
}

// take returns the frame that is held.
func (in *inbox) take(size int) []byte {
	defer C.bcp_drop(in.held)
	return bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(C.bcp_held(in.held))), size))
}

// origin returns the descriptor from which messages of the route came, -1 if it is not known.
func (in *inbox) origin(route string) int {
	id := []byte(route)
	return int(C.bcp_origin_of(in.held, (*C.uchar)(unsafe.SliceData(id)), C.size_t(len(id))))
}

func (in *inbox) close() {
	C.bcp_drop(in.held)
	C.free(unsafe.Pointer(in.held))
}
