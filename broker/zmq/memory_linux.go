package zmq

// #include <malloc.h>
import "C"

const (
	// keptMax is how many bytes of what was freed each arena of the C library keeps at
	// its end for what comes next.
	keptMax = 64 << 20

	// apartMin is from which size on memory is mapped for itself, and given back at once:
	// as large as the C library lets it be.
	apartMin = 32 << 20

	// growth is by how much an arena grows at a time, in bytes.
	growth = 1 << 20

	// arenas is how many there are: one for each thread would keep more than all messages
	// need. Two threads have messages, the socket's owner and libzmq's.
	arenas = 2
)

// keepFreed has the C library keep what it frees for messages to come. Memory that goes
// back to the kernel between two of them is cleared and mapped anew, page by page, which
// takes longer than to fill it.
func keepFreed() {
	C.mallopt(C.M_TRIM_THRESHOLD, keptMax)
	C.mallopt(C.M_MMAP_THRESHOLD, apartMin)
	C.mallopt(C.M_TOP_PAD, growth)
	C.mallopt(C.M_ARENA_MAX, arenas)
}

// Trim gives free memory of the C library back to the kernel.
func Trim() { C.malloc_trim(0) }
