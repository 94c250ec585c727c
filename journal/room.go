package journal

import "fmt"

// Room is how much a journal can take until its disk is full, in bytes. The zero
// value is that of a journal which nobody watches: it says nothing.
type Room struct {
	Free    int64 // for commits, with what was freed within the journal's file
	Whole   int64 // of that, what isn't scattered over the file: large payloads go there
	Reserve int64 // of that, what is to be left for the ends of what was accepted; 0 if nobody watches
	Lost    bool  // the journal's file has been moved or removed: the next start would not find what is written
}

// Watched tells whether the room is known.
func (r Room) Watched() bool { return r.Reserve > 0 }

// SizeText writes a number of bytes in the unit that suits it.
func SizeText(bytes int64) string {
	units := []string{"KiB", "MiB", "GiB", "TiB"}
	if bytes < 1<<10 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	size := float64(bytes) / (1 << 10)
	for len(units) > 1 && size >= 1<<10 {
		size, units = size/(1<<10), units[1:]
	}
	return fmt.Sprintf("%.1f %s", size, units[0])
}
