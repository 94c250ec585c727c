package power

import (
	"errors"
	"io"
	"os"
	"slices"
	"syscall"
)

// content is what is in a file: data, and zeros behind it up to the size.
type content struct {
	size int64
	data []byte
}

// How lseek asks for where a file has data, and for where it has none.
const (
	seekData = 3
	seekHole = 4
)

// read returns what is in a file. What has never been written at its end is not read:
// an engine makes its file large before it is full.
func read(path string) (c content, err error) {
	f, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return c, err
	}
	c.size = info.Size()
	c.data = make([]byte, written(f, c.size))
	if _, err := f.ReadAt(c.data, 0); err != nil && !errors.Is(err, io.EOF) {
		return c, err
	}
	return c, nil
}

// written returns where the last bytes of a file end that were ever written.
func written(f *os.File, size int64) int64 {
	end := int64(0)
	for end < size {
		from, err := f.Seek(end, seekData)
		if errors.Is(err, syscall.ENXIO) {
			return end
		}
		if err != nil {
			return size // not every file system can tell
		}
		if end, err = f.Seek(from, seekHole); err != nil {
			return size
		}
	}
	return end
}

// write makes a file of it.
func (c content) write(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(c.data)
	return errors.Join(err, f.Truncate(c.size), f.Close())
}

// with returns the content as it was before pieces of it were written, the latest last.
func (c content) with(pieces []piece) content {
	c.data = slices.Clone(c.data)
	for _, p := range slices.Backward(pieces) {
		copy(c.data[min(p.at, int64(len(c.data))):], p.was)
	}
	return c
}

// at returns the bytes from an offset on, as many as there are.
func (c content) at(from, to int) []byte {
	return c.data[min(from, len(c.data)):min(to, len(c.data))]
}
