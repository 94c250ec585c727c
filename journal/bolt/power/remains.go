package power

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// image is what is left of the folder after a cut: files by their names. A folder is
// there without any.
type image map[string]*content

// remains decides what is left of all that is there now.
func (d *Disk) remains(r *rand.Rand) image {
	left, now := image{}, d.scan()
	names := maps.Clone(now)
	for name, f := range d.files {
		if _, there := now[name]; !there {
			names[name] = f.info
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if parent := filepath.Dir(name); parent != "." && !left.has(parent) {
			continue // its folder is lost
		}
		d.remain(r, left, name, now[name])
	}
	return left
}

func (i image) has(name string) bool {
	_, there := i[name]
	return there
}

// remain decides what is left of a name, which has the file now, or none.
func (d *Disk) remain(r *rand.Rand, left image, name string, info os.FileInfo) {
	f := d.files[name]
	was := f != nil && f.named
	switch {
	case info == nil && !was:
	case info == nil:
		if r.IntN(2) == 0 {
			d.count("a removal")
			left.put(name, f.info, f.kept)
		}
	case was && !os.SameFile(info, f.info):
		if r.IntN(2) == 0 {
			d.count("a name that was taken")
			left.put(name, f.info, f.kept)
		} else {
			left.put(name, info, d.partOf(r, name, info))
		}
	case was || r.IntN(2) == 0:
		left.put(name, info, d.partOf(r, name, info))
	default:
		d.count("a new name")
	}
}

// put puts a file or a folder there.
func (i image) put(name string, info os.FileInfo, c content) {
	if info.IsDir() {
		i[name] = nil
	} else {
		i[name] = &c
	}
}

// partOf decides what is left in a file that is there now.
func (d *Disk) partOf(r *rand.Rand, name string, info os.FileInfo) content {
	f := d.of(name, info)
	now, err := read(filepath.Join(d.root, name))
	if errors.Is(err, fs.ErrNotExist) {
		return f.kept // the Store has just removed it
	}
	d.note(err)
	switch {
	case f.whole && len(f.unsynced) == 0:
		return now
	case f.whole:
		f.kept = now.with(f.unsynced)
	}
	part := mix(r, f.kept, now)
	if !part.equal(now) {
		d.count("a part of a file")
	}
	return part
}

// remainsOf decides what is left when the power is cut while a transaction is synced
// in the file of that name, of which is known what was durable before. All other files
// are as they would be without it.
func (d *Disk) remainsOf(r *rand.Rand, path string, f *file) image {
	before := f.kept.metas()
	now, err := read(path)
	d.note(err)
	part := now
	switch phase := r.IntN(3); {
	case d.Lies.Order:
		part = mix(r, f.kept, now)
	case phase == 0:
		whole := now.withMetas(before)
		if part = mix(r, f.kept, whole).withMetas(before); !part.equal(whole) {
			d.count("pages of a transaction")
		}
	case phase == 1:
		part = now.withMetas(before)
		d.count("a meta page")
	}
	left := d.remains(r)
	if name := d.name(path); left.has(name) {
		left[name] = &part
	}
	return left
}

func (d *Disk) count(lost string) { d.lost[lost]++ }

// scan lists all that is in the folder.
func (d *Disk) scan() map[string]os.FileInfo {
	now := map[string]os.FileInfo{}
	d.note(filepath.WalkDir(d.root, func(path string, entry fs.DirEntry, err error) error {
		if path == d.root {
			return err
		}
		var info fs.FileInfo
		if err == nil {
			info, err = entry.Info()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the Store has just removed it
		}
		if err == nil {
			now[d.name(path)] = info
		}
		return err
	}))
	return now
}

// Restore changes the folder into what the last cut has left, and turns the power on again. No
// file in it may be open.
func (d *Disk) Restore() error {
	if !d.cut {
		return errors.New("the power has not been cut")
	}
	left := d.left
	d.files, d.left, d.cut, d.until = map[string]*file{}, nil, false, -1
	entries, err := os.ReadDir(d.root)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(d.root, entry.Name())))
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		err = errors.Join(err, d.restore(name, left[name]))
	}
	return errors.Join(d.err, err)
}

func (d *Disk) restore(name string, c *content) error {
	path := filepath.Join(d.root, name)
	f := &file{named: true, whole: true}
	var err error
	if c == nil {
		err = os.Mkdir(path, 0o700)
	} else {
		err = c.write(path)
		f.kept, f.metas = *c, c.metas()
	}
	if err != nil {
		return err
	}
	f.info, err = os.Lstat(path)
	d.files[name] = f
	return err
}
