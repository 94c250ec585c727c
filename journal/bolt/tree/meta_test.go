package tree

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"
)

// A meta page that the disk doesn't deliver is no damage, and no sign of another sort of file.
func TestMetaThatIsNotDelivered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	makeFile(t, path, 1)
	for _, there := range []int{1, 0} {
		if err := os.Truncate(path, int64(there*os.Getpagesize())); err != nil {
			t.Fatal(err)
		}
		f, err := Open(mapped(t, path, 2*os.Getpagesize()), 1<<40)
		if !errors.Is(err, syscall.EIO) || errors.Is(err, ErrDamaged) || (f != nil) != (there > 0) {
			t.Errorf("with %d meta pages: %v, %v", there, f != nil, err)
		}
	}
}

// mapped returns so many bytes of a file as they are in memory: the kernel says of what is behind
// its end what it says of what a disk doesn't deliver.
func mapped(t *testing.T, path string, bytes int) io.ReaderAt {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	memory, err := syscall.Mmap(int(f.Fd()), 0, bytes, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(memory) })
	all, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip("there is no /proc here")
	}
	t.Cleanup(func() { all.Close() })
	return io.NewSectionReader(all, int64(uintptr(unsafe.Pointer(&memory[0]))), int64(bytes))
}
