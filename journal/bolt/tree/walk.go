package tree

import (
	"bytes"
	"slices"
	"sync"
)

// Walk says how to go through a bucket. With the zero value a walk goes through all of it, or
// up to the first damage.
type Walk struct {
	Marks *Marks // the walk marks the pages that it comes to; may be nil
	From  []byte // the walk begins with the leaf that this key would be in; nil: with the first

	// Damage, if it is not nil, is called with what is wrong with a page, and the walk goes on
	// behind that page. A leaf in which only keys are wrong is visited nevertheless. With
	// From, leaves in front of the first one may be visited as well, because the keys in the
	// branches above may be wrong.
	Damage func(error)

	// Ahead says that all of the bucket is going to be read. If the file is read from an
	// Aheader, that is told which pages come next.
	Ahead bool

	lookUp bool // for one key
}

// Aheader is told which bytes of a file are going to be read, so that it can read ahead, and
// the disk is not asked for one page at a time.
type Aheader interface{ Ahead(offset, bytes int64) }

// Leaf is one leaf page of a bucket.
type Leaf struct {
	page  page
	keys  Span  // that belong there, as the branches have it
	wrong error // with its keys, of which Walk.Damage has been told
}

// Sound tells whether the keys of the leaf are in order and within the bounds that the
// branches above have for it.
func (l *Leaf) Sound() bool { return l.wrong == nil }

// Len returns the number of entries.
func (l *Leaf) Len() int { return l.page.count }

// Key returns the key of entry i. It is valid until the walk goes on to the next leaf.
func (l *Leaf) Key(i int) []byte { return l.page.key(i) }

// Value returns the value of entry i, valid as long as its key.
func (l *Leaf) Value(i int) []byte { return l.page.value(i) }

// CopyTo returns a copy of the leaf that stays valid. Its bytes are appended to data, which is
// returned as well.
func (l *Leaf) CopyTo(data []byte) (copied Leaf, _ []byte) {
	at := len(data)
	data = append(data, l.page.data...)
	copied = *l
	copied.page.data = data[at:]
	return copied, data
}

// Branches checks all branches of the bucket. It reads no leaf, but marks the first page of
// each.
func (b *Bucket) Branches(w Walk) error { return b.walk(w, nil) }

// Leaves calls fn with the leaves, in order of keys, as long as fn returns true for more. It
// has checked each leaf, and the branches above it, before it calls fn. It stops at fn's first
// error and returns it.
func (b *Bucket) Leaves(w Walk, fn func(*Leaf) (more bool, err error)) error { return b.walk(w, fn) }

// walker is one way through a bucket.
type walker struct {
	Walk
	bucket *Bucket
	visit  func(*Leaf) (bool, error)
	failed error // of visit
	over   bool
	pages  [maxDepth + 2][]byte // one for each level, read into again and again
	way    [maxDepth + 2]uint64 // to the page that is looked at
}

var walkers = sync.Pool{New: func() any { return new(walker) }}

func (b *Bucket) walk(how Walk, visit func(*Leaf) (bool, error)) error {
	w := walkers.Get().(*walker)
	defer walkers.Put(w)
	*w = walker{Walk: how, bucket: b, visit: visit, pages: w.pages}
	err := w.start()
	if w.failed != nil {
		return w.failed
	}
	if err = b.named(err); err != nil && w.Damage != nil {
		w.Damage(err)
		return nil
	}
	return err
}

func (w *walker) start() error {
	b := w.bucket
	if b.root != 0 {
		return w.descend(b.root, 0, nil, nil)
	}
	p, err := inlinePage(b.inline)
	if err != nil || w.visit == nil {
		return err
	}
	return w.leaf(&p, nil, nil)
}

// inlinePage reads the page of a bucket that is so small that it is in the root's.
func inlinePage(data []byte) (page, error) {
	p := page{flags: flagLeaf, data: data}
	if len(data) < headerBytes {
		return p, p.damaged("an inline page can't be so short")
	}
	if err := p.checkHeader(1); err != nil {
		return p, err
	}
	if headerBytes+p.count*elementBytes > len(data) {
		return p, p.damaged("an inline page with %d entries is larger", p.count)
	}
	size, err := p.measure(len(data))
	if err == nil && size != len(data) {
		err = p.damaged("an inline page of %d bytes says that it has %d", len(data), size)
	}
	return p, err
}

// descend looks at a page so many levels below the root, whose keys have to begin
// with low and to stay below high; nil is no bound.
func (w *walker) descend(id uint64, level int, low, high []byte) error {
	if level == w.bucket.depth && w.visit == nil {
		return w.Marks.add(id, 1)
	}
	flags := uint16(flagBranch)
	switch {
	case level > maxDepth:
		return damagef("page %d: there are too many branches above it", id)
	case level == w.bucket.depth:
		flags = flagLeaf
	case w.bucket.depth == unknown:
		flags = flagBranch | flagLeaf
	}
	if slices.Contains(w.way[:level], id) {
		return damagef("page %d: it leads back to itself", id)
	}
	w.way[level] = id
	p, err := w.read(id, flags, level)
	if err != nil {
		return err
	}
	if err := w.Marks.add(id, 1+p.overflow()); err != nil {
		return err
	}
	if p.flags == flagLeaf {
		return w.leaf(&p, low, high)
	}
	if !w.lookUp {
		if err := w.passable(p.checkKeys(low, high)); err != nil {
			return err
		}
	}
	return w.children(&p, level, high)
}

// read reads a page.
func (w *walker) read(id uint64, flags uint16, level int) (p page, err error) {
	f := w.bucket.file
	if w.lookUp {
		p, err = f.readTrusting(flagBranch, id, flags, w.pages[level]) // looked at when the file was opened
	} else {
		p, err = f.read(id, flags, w.pages[level])
	}
	if err == nil && f.memory == nil {
		w.pages[level] = p.data
	}
	return p, err
}

// passable has damage told that doesn't keep from going on.
func (w *walker) passable(err error) error {
	if err == nil || w.Damage == nil || w.failed != nil {
		return err
	}
	w.Damage(w.bucket.named(err))
	return nil
}

func (w *walker) children(p *page, level int, high []byte) error {
	if p.count == 0 {
		return p.damaged("it has no children")
	}
	if w.Ahead && (w.visit != nil || level+1 < w.bucket.depth) {
		w.bucket.file.ahead(p)
	}
	if w.visit == nil && level+1 == w.bucket.depth {
		return w.noteLeaves(p)
	}
	for i := w.first(p); i < p.count && !w.over; i++ {
		next := high
		if i+1 < p.count {
			next = p.key(i + 1)
		}
		if err := w.passable(w.descend(p.child(i), level+1, p.key(i), next)); err != nil {
			return err
		}
	}
	return nil
}

// noteLeaves notes the first page of each leaf below a branch.
func (w *walker) noteLeaves(p *page) error {
	for i := range p.count {
		if err := w.passable(w.Marks.add(p.child(i), 1)); err != nil {
			return err
		}
	}
	return nil
}

// ahead tells that the children of a branch are going to be read: of a page with its
// overflow the first one.
func (f *File) ahead(p *page) {
	told, ok := f.from.(Aheader)
	if !ok {
		return
	}
	size := int64(f.PageSize)
	for i := 0; i < p.count; {
		first, n := p.child(i), uint64(1)
		for i++; i < p.count && p.child(i) == first+n; i++ {
			n++
		}
		told.Ahead(int64(first)*size, int64(n)*size)
	}
}

// first returns the child in which the walk begins, or goes on.
func (w *walker) first(p *page) int {
	switch {
	case w.From == nil:
		return 0
	case w.Damage != nil:
		return p.childNear(w.From)
	}
	return p.childOf(w.From)
}

func (w *walker) leaf(p *page, low, high []byte) error {
	wrong := p.checkLeaf(w.bucket.entryFlags(), low, high)
	if err := w.passable(wrong); err != nil {
		return err
	}
	more, err := w.visit(&Leaf{page: *p, keys: Span{low, high}, wrong: wrong})
	w.over, w.failed = w.over || !more, err
	return err
}

// entryFlags are those of each entry of the bucket.
func (b *Bucket) entryFlags() uint32 {
	if b.Name == "" {
		return bucketEntry
	}
	return 0
}

// checkLeaf looks at the entries of a leaf, each of which has these flags.
func (p *page) checkLeaf(want uint32, low, high []byte) error {
	if p.count == 0 && (low != nil || high != nil) {
		return p.damaged("it has no entries")
	}
	for i := range p.count {
		if p.entryFlags(i) != want {
			return p.damaged("entry %d has the flags %#x", i, p.entryFlags(i))
		}
	}
	return p.checkKeys(low, high)
}

// checkKeys tells whether the keys of a page begin with low, rise, and stay below
// high; nil is no bound.
func (p *page) checkKeys(low, high []byte) error {
	if err := p.checkEnds(low, high); err != nil || p.count == 0 {
		return err
	}
	key := p.key(0)
	for i := 1; i < p.count; i++ {
		next := p.key(i)
		if bytes.Compare(key, next) >= 0 {
			return p.notBelow(i - 1)
		}
		key = next
	}
	return nil
}

// checkEnds is checkKeys for a page whose keys rise.
func (p *page) checkEnds(low, high []byte) error {
	switch {
	case p.count == 0:
		return nil
	case low != nil && !bytes.Equal(p.key(0), low):
		return p.damaged("its first key is not the one that its parent has for it")
	case high != nil && bytes.Compare(p.key(p.count-1), high) >= 0:
		return p.notBelow(p.count - 1)
	}
	return nil
}

func (p *page) notBelow(i int) error {
	return p.damaged("the key of element %d is not below the next one", i)
}
