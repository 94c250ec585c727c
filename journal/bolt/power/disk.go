package power

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"bcp/journal/bolt"
)

// Disk is a bolt.Disk that knows which parts of a folder are durable. Only one goroutine may
// use it.
type Disk struct {
	Lies Lies // none unless a test sets some

	root  string
	rand  *rand.Rand
	files map[string]*file // by their names below root; also those that were removed
	until int              // so many syncs more until the power is cut; below 0 for never
	cut   bool
	left  image // after the cut
	err   error // the first of the folder itself
	lost  map[string]int
}

var _ bolt.Disk = (*Disk)(nil)

// Lies are ways in which a disk does not do what it reports as done. Tests set one to show
// that they would find out: that something is lost which a missing sync would lose.
type Lies struct {
	Meta    bool // a transaction returns before its meta page is durable
	Order   bool // the meta page may be durable before the pages that it makes valid
	Files   bool // Sync does nothing
	Folders bool // SyncFolder does nothing for folders below the root
	Log     bool // Sync does nothing for what was written with WriteAt, as a journal's log is
}

// file is what is known of a name.
type file struct {
	info  os.FileInfo // which file has it
	named bool        // durably
	whole bool        // all that is in it is durable: kept may be older than that
	kept  content     // what of it is durable
	metas []byte      // the engine's meta pages after its last transaction, if this is a lie

	unsynced []piece // written beside the engine since, the latest last
}

// piece is what was in a part of a file before that was written.
type piece struct {
	at  int64
	was []byte
}

// Folder makes a temporary folder for a Disk. It is in memory where /dev/shm exists, because
// nothing in it has to outlive the process.
func Folder() (string, error) {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return os.MkdirTemp(memory, "bcp-power-")
	}
	return os.MkdirTemp("", "bcp-power-")
}

// New makes a Disk of the empty folder root. All random decisions come from the source.
func New(root string, source rand.Source) *Disk {
	return &Disk{root: root, rand: rand.New(source), files: map[string]*file{}, until: -1, lost: map[string]int{}}
}

// Arm has the power fail in a sync to come, when so many others have been done before it. The
// Store does not notice: its calls succeed as before, but nothing that they write from then on
// is left after Restore.
func (d *Disk) Arm(syncs int) {
	d.until = syncs
	for name, f := range d.files {
		path := filepath.Join(d.root, name)
		if info, err := os.Lstat(path); err == nil && f.whole && os.SameFile(info, f.info) {
			d.keep(path, f)
			f.kept = f.kept.with(f.unsynced)
		}
	}
}

// keep takes note that all that is in a file now is durable. One that the Store has
// just removed has what it had.
func (d *Disk) keep(path string, f *file) {
	now, err := read(path)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	d.note(err)
	f.whole, f.kept = true, now
}

// Cut cuts the power now, unless it is cut already.
func (d *Disk) Cut() {
	if !d.cut {
		d.cut = true
		d.left = d.remains(d.chance())
	}
}

// IsCut tells whether the power has been cut since the last Restore.
func (d *Disk) IsCut() bool { return d.cut }

// Lost returns how often cuts have taken something away, by what that was.
func (d *Disk) Lost() map[string]int { return d.lost }

// chance decides one cut. Nothing of what it decides changes the next one.
func (d *Disk) chance() *rand.Rand { return rand.New(rand.NewPCG(d.rand.Uint64(), 0)) }

// passes tells whether the power stays on in the sync that is about to be done.
func (d *Disk) passes() bool {
	d.cut = d.until == 0
	d.until = max(d.until-1, -1)
	return !d.cut
}

// WriteAt implements bolt.Disk.
func (d *Disk) WriteAt(f *os.File, content []byte, at int64) (int, error) {
	if !d.cut {
		was := make([]byte, len(content))
		n, err := f.ReadAt(was, at)
		if !errors.Is(err, io.EOF) {
			d.note(err)
		}
		known := d.at(d.path(f))
		known.unsynced = append(known.unsynced, piece{at, was[:n]})
	}
	return f.WriteAt(content, at)
}

// Sync implements bolt.Disk.
func (d *Disk) Sync(f *os.File) error {
	if d.cut || d.Lies.Files {
		return nil
	}
	path := d.path(f)
	known := d.at(path)
	switch beside := len(known.unsynced) > 0; {
	case beside && d.Lies.Log:
	case d.passes():
		d.synced(path, known, beside)
	default:
		known.whole = false
		d.left = d.remains(d.chance())
	}
	return nil
}

// synced takes in that all that is in a file now is durable, which was so before but for
// what was written beside the engine, if there is any.
func (d *Disk) synced(path string, f *file, beside bool) {
	if !beside || d.until >= 0 || !f.whole {
		d.keep(path, f)
	}
	f.unsynced = nil
}

// SyncFolder implements bolt.Disk.
func (d *Disk) SyncFolder(path string) error {
	switch {
	case d.cut || d.Lies.Folders && d.name(path) != ".":
	case d.passes():
		d.named(path)
	default:
		d.left = d.remains(d.chance())
	}
	return nil
}

// named takes in that all names in a folder are durable.
func (d *Disk) named(folder string) {
	entries, err := os.ReadDir(folder)
	d.note(err)
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue // the Store has just removed it
		}
		d.note(err)
		d.of(d.name(filepath.Join(folder, entry.Name())), info).named = true
	}
}

// path returns where a file is: it may have been opened under another name.
func (d *Disk) path(f *os.File) string {
	info, err := f.Stat()
	d.note(err)
	if named, err := os.Lstat(f.Name()); err == nil && os.SameFile(named, info) {
		return f.Name()
	}
	for name, other := range d.scan() {
		if os.SameFile(other, info) {
			return filepath.Join(d.root, name)
		}
	}
	return f.Name()
}

// at returns what is known of the file that has the path now.
func (d *Disk) at(path string) *file {
	info, err := os.Lstat(path)
	d.note(err)
	return d.of(d.name(path), info)
}

// of returns what is known of a file that has the name now, also if it had another.
func (d *Disk) of(name string, info os.FileInfo) *file {
	known := d.files[name]
	if known != nil && os.SameFile(known.info, info) {
		return known
	}
	f := &file{info: info}
	for _, other := range d.files {
		if os.SameFile(other.info, info) {
			f.whole, f.kept, f.unsynced = other.whole, other.kept, other.unsynced
		}
	}
	d.files[name] = f
	return f
}

// Transacts implements bolt.Disk.
func (d *Disk) Transacts(string) {}

// Transacted implements bolt.Disk.
func (d *Disk) Transacted(path string, synced bool) {
	if d.cut {
		return
	}
	f := d.at(path)
	switch {
	case !synced:
		f.whole = false
	case !d.passes():
		d.left = d.remainsOf(d.chance(), path, f)
	case d.Lies.Meta:
		d.keepOldMeta(path, f)
	default:
		d.synced(path, f, true)
	}
}

// keepOldMeta takes note that all that is in a file is durable, but for the meta page
// of its last transaction.
func (d *Disk) keepOldMeta(path string, f *file) {
	d.keep(path, f)
	metas := f.kept.metas()
	if f.metas != nil {
		f.whole, f.kept = false, f.kept.withMetas(f.metas)
	}
	f.metas = metas
}

func (d *Disk) name(path string) string {
	name, err := filepath.Rel(d.root, path)
	d.note(err)
	return name
}

func (d *Disk) note(err error) {
	if d.err == nil {
		d.err = err
	}
}
