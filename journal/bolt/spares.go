package bolt

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"bcp/journal"
)

// The file of a payload that nothing refers to any more is written over by a later one:
// a disk takes bytes for blocks that a file has several times as fast as it finds others
// and gives these back. Meanwhile it has a name that is no payload's.
//
//	ULID --nothing refers to it--> ULID.spare --Stage--> another ULID
//
// That nothing refers to it is durable by then. What has another name as well, for it
// is in a backup, is left as it is.
type spares struct {
	room int64 // bytes that the disk has to have left for it

	mu    sync.Mutex // guards the following
	files []spare
	bytes int64
}

// spare is a file that may be written over.
type spare struct {
	path string
	size int64
}

const (
	spareSuffix = ".spare"

	// sparesMax and spareBytes are how many files are kept, and how large they are
	// together: what comes in while as much is let go.
	sparesMax  = 256
	spareBytes = 64 << 20

	// spareRoom is what a disk has to have left, in bytes, for files to be kept on it:
	// they are not to be why it is full.
	spareRoom = 16 * spareBytes
)

// isSpare tells whether a file in the folder of the payloads is one to be written over.
func isSpare(name string) bool { return strings.HasSuffix(name, spareSuffix) }

// keep keeps the file of a payload that nothing refers to, and tells whether it did.
func (p *spares) keep(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !onlyName(info) || !p.roomy(filepath.Dir(path)) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.files) == sparesMax || p.bytes+info.Size() > spareBytes {
		return false
	}
	kept := spare{path + spareSuffix, info.Size()}
	if os.Rename(path, kept.path) != nil {
		return false
	}
	p.files, p.bytes = append(p.files, kept), p.bytes+kept.size
	return true
}

// onlyName tells whether a file has one name.
func onlyName(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && stat.Nlink == 1
}

// roomy tells whether there is so much left on the disk that files may be kept.
func (p *spares) roomy(folder string) bool {
	var fs syscall.Statfs_t
	return syscall.Statfs(folder, &fs) == nil && int64(fs.Bavail)*int64(fs.Bsize) >= p.room
}

// none tells whether nothing is kept.
func (p *spares) none() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.files) == 0
}

// fit removes all that is kept if so much is left on the disk and it is not enough.
func (p *spares) fit(free int64) {
	if free < p.room {
		p.drop()
	}
}

// open gives a kept file another name, and opens it to be written over with so many
// bytes; nil if there is none.
func (p *spares) open(path string, size int64) *os.File {
	kept, there := p.take(size)
	if !there {
		return nil
	}
	f, err := reuse(kept, path, size)
	if err != nil {
		_ = os.Remove(kept.path) // a new file tells what is wrong, if anything is
		_ = os.Remove(path)
		return nil
	}
	return f
}

// reuse opens a kept file under its new name.
func reuse(kept spare, path string, size int64) (*os.File, error) {
	if err := os.Rename(kept.path, path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil && kept.size > size {
		if err = f.Truncate(size); err != nil {
			_ = f.Close()
		}
	}
	return f, err
}

// take takes out the kept file that fits best: the smallest that is large enough, or
// else the largest.
func (p *spares) take(size int64) (best spare, there bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := -1
	for i, kept := range p.files {
		if at < 0 || fitsBetter(kept.size, best.size, size) {
			at, best = i, kept
		}
	}
	if at < 0 {
		return best, false
	}
	last := len(p.files) - 1
	p.files[at] = p.files[last]
	p.files, p.bytes = p.files[:last], p.bytes-best.size
	return best, true
}

// fitsBetter tells whether a file of size a is better than one of size b for so many bytes.
func fitsBetter(a, b, size int64) bool {
	if (a >= size) != (b >= size) {
		return a >= size
	}
	return (a < b) == (a >= size)
}

// drop removes all that is kept.
func (p *spares) drop() {
	p.mu.Lock()
	files := p.files
	p.files, p.bytes = nil, 0
	p.mu.Unlock()
	for _, kept := range files {
		_ = os.Remove(kept.path) // or else the next opening does
	}
}

// retire has the file of a payload written over later, or removes it: one that is being read
// stays as it is for its reader. What cannot be removed now is at the next opening.
func (b *blobs) retire(id journal.ID) {
	if !b.keep(id) {
		_ = os.Remove(b.path(id))
	}
}

// keep has the file written over later, and tells whether it may be.
func (b *blobs) keep(id journal.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened[id] == 0 && b.spares.keep(b.path(id))
}
