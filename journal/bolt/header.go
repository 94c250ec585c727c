package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"bcp/journal"
)

// bbolt maps the file into memory and trusts it. A file that is shorter than
// it says would kill the process when a missing page is touched, so it is
// looked at before. Each of bbolt's first two pages holds a meta, in the byte
// order of the machine; the valid one with the higher transaction counts.
//
//	page   +----------------+-----------------------------------------------
//	       | page header 16 | meta
//	       +----------------+-----------------------------------------------
//	meta   +-------+---------+----------+-------+------+----------+-------+----
//	       | magic | version | pageSize | flags | root | freelist | pages | ...
//	       | 4     | 4       | 4        | 4     | 16   | 8        | 8     |
//	       +-------+---------+----------+-------+------+----------+-------+----
//	       ... transaction 8 | checksum 8 (FNV-1a of all before it)
const (
	boltMagic       = 0xED0CDAED
	pageHeaderBytes = 16
	metaBytes       = 64
)

// metaOffsets is where a meta can be: the second is one page after the first,
// and pages have the size of the machine that made the file.
var metaOffsets = []int64{0, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10}

// examine refuses what bbolt cannot open safely: ErrForeign for what is no
// bbolt file, ErrCorrupt for one that is damaged or cut off.
func examine(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%w: it is a folder", journal.ErrForeign)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: it is no regular file", journal.ErrForeign)
	case info.Size() == 0:
		return fmt.Errorf("%w: it is empty; remove it to begin a new one", journal.ErrForeign)
	}
	return checkMetas(f, info.Size())
}

func checkMetas(f io.ReaderAt, size int64) error {
	var newest, needed uint64
	seen, valid := false, false
	for _, offset := range metaOffsets {
		page := make([]byte, pageHeaderBytes+metaBytes)
		if n, _ := f.ReadAt(page, offset); n < len(page) {
			continue
		}
		meta := page[pageHeaderBytes:]
		if binary.NativeEndian.Uint32(meta) != boltMagic {
			continue
		}
		seen = true
		if transaction := binary.NativeEndian.Uint64(meta[48:]); sound(meta) && (!valid || transaction > newest) {
			valid, newest = true, transaction
			needed = binary.NativeEndian.Uint64(meta[40:]) * uint64(binary.NativeEndian.Uint32(meta[8:]))
		}
	}
	switch {
	case !seen:
		return journal.ErrForeign
	case !valid:
		return fmt.Errorf("%w: neither meta page is valid", journal.ErrCorrupt)
	case uint64(size) < needed:
		return fmt.Errorf("%w: it is cut off: %d of %d bytes are there", journal.ErrCorrupt, size, needed)
	}
	return nil
}

func sound(meta []byte) bool {
	sum := fnv.New64a()
	sum.Write(meta[:metaBytes-8])
	return sum.Sum64() == binary.NativeEndian.Uint64(meta[metaBytes-8:])
}
