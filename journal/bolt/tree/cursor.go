package tree

import (
	"bytes"
	"sort"
)

// Cursor goes through the entries of a bucket as the engine's does, and as fast: of each page it
// looks only at its header, at whether it is the one to which the branch above leads, and at what it
// reads of it. So it comes to an end whatever the branches say, where the engine's would follow one
// that leads back to itself until the stack, or the memory, is full. The file has to be in memory,
// and what a cursor returns is part of it.
type Cursor struct {
	bucket Bucket
	steps  []step // from the root on
}

// step is a page on the way to an entry.
type step struct {
	page
	at   int    // an element of it
	high []byte // all its keys are below; nil is no bound
}

// usualDepth is for how many pages a cursor has room from the start.
const usualDepth = 6

// Cursor returns one for a bucket of the file.
func (f *File) Cursor(name string) (*Cursor, error) {
	c := &Cursor{Bucket{file: f, root: f.root}, make([]step, 0, usualDepth)}
	value, err := c.Find([]byte(name))
	switch {
	case err != nil:
		return nil, err
	case value == nil:
		return nil, damagef("there is no bucket %s", name)
	}
	c.steps = c.steps[:0]
	c.bucket.Name = name
	c.bucket.root, c.bucket.inline, err = bucketRoot(name, value)
	return c, err
}

// Find returns the value of an entry, nil if there is none.
func (c *Cursor) Find(key []byte) ([]byte, error) {
	at, value, err := c.Seek(key)
	if at == nil || !bytes.Equal(at, key) {
		return nil, err
	}
	return value, nil
}

// Seek moves to the first entry from a key on, and returns it. Here and below a key is nil if there
// is no such entry.
func (c *Cursor) Seek(key []byte) (at, value []byte, err error) {
	to := aim{key: key}
	if c.covers(key) {
		top := &c.steps[len(c.steps)-1]
		top.at = to.in(&top.page)
	} else {
		err = c.begin(to)
	}
	if top := len(c.steps) - 1; err == nil && c.steps[top].at == c.steps[top].count {
		return c.Next()
	}
	return c.here(err)
}

// covers tells whether the leaf at which the cursor is is that of a key: most keys are looked up in
// order.
func (c *Cursor) covers(key []byte) bool {
	if len(c.steps) == 0 {
		return false
	}
	top := &c.steps[len(c.steps)-1]
	return top.flags == flagLeaf && top.count > 0 && bytes.Compare(top.keyAt(0), key) <= 0 && (top.high == nil || bytes.Compare(key, top.high) < 0)
}

// AtEdge tells whether the entry at which the cursor is is the first of its leaf, or the last.
func (c *Cursor) AtEdge() bool {
	top := &c.steps[len(c.steps)-1]
	return top.at == 0 || top.at >= top.count-1
}

// First moves to the first entry.
func (c *Cursor) First() (key, value []byte, err error) { return c.here(c.begin(aim{end: 1})) }

// Last moves to the last entry.
func (c *Cursor) Last() (key, value []byte, err error) { return c.here(c.begin(aim{end: -1})) }

// Next moves to the entry behind the one at which the cursor is. It stays where there is none, and
// so does Prev.
func (c *Cursor) Next() (key, value []byte, err error) { return c.move(1) }

// Prev moves to the entry in front of it.
func (c *Cursor) Prev() (key, value []byte, err error) { return c.move(-1) }

// ForEach calls fn with each entry, in order, until that returns an error.
func (c *Cursor) ForEach(fn func(key, value []byte) error) error {
	key, value, err := c.First()
	for err == nil && key != nil {
		if err = fn(key, value); err == nil {
			key, value, err = c.Next()
		}
	}
	return err
}

// move moves by one entry, into the leaf beside if this one has no other.
func (c *Cursor) move(by int) (key, value []byte, err error) {
	n := len(c.steps) - 1
	for ; n >= 0; n-- {
		if i := c.steps[n].at + by; i >= 0 && i < c.steps[n].count {
			break
		}
	}
	if n < 0 {
		return nil, nil, nil
	}
	if n < len(c.steps)-1 {
		return c.here(c.leave(n, by))
	}
	c.steps[n].at += by
	return c.here(nil)
}

// leave moves into another leaf, by way of a branch that is so many pages below the root.
func (c *Cursor) leave(n, by int) error {
	left := &c.steps[len(c.steps)-1]
	edge := left.keyAt(min(left.at, left.count-1))
	c.steps = c.steps[:n+1]
	c.steps[n].at += by
	err := c.descend(aim{end: by})
	if now := &c.steps[len(c.steps)-1]; err == nil && bytes.Compare(now.keyAt(now.at), edge)*by <= 0 {
		err = now.damaged("it is not in its place")
	}
	return err
}

// aim is the entry to which a cursor moves: the first one from a key on, or the one at an end of
// what is below a page: 1 for the first, -1 for the last.
type aim struct {
	key []byte
	end int
}

// in returns which element of a page leads there.
func (a aim) in(p *page) int {
	switch {
	case a.end > 0:
		return 0
	case a.end < 0:
		return max(p.count-1, 0)
	}
	i := sort.Search(p.count, func(i int) bool { return bytes.Compare(p.keyAt(i), a.key) >= 0 })
	if p.flags == flagBranch && i > 0 && (i == p.count || !bytes.Equal(p.keyAt(i), a.key)) {
		i--
	}
	return i
}

// begin moves from the root to an entry.
func (c *Cursor) begin(to aim) error {
	c.steps = c.steps[:0]
	if c.bucket.root != 0 {
		return c.enter(c.bucket.root, nil, nil, to)
	}
	p, err := inlinePage(c.bucket.inline)
	if err == nil {
		c.steps = append(c.steps, step{page: p, at: to.in(&p)})
	}
	return err
}

// enter moves into a page whose keys begin with low and stay below high, and on to an entry.
func (c *Cursor) enter(id uint64, low, high []byte, to aim) error {
	p, err := c.bucket.file.glance(id)
	if err == nil {
		err = p.checkBounds(low, high)
	}
	if err != nil {
		return err
	}
	c.steps = append(c.steps, step{p, to.in(&p), high})
	return c.descend(to)
}

// descend moves on from the element of a branch.
func (c *Cursor) descend(to aim) error {
	top := &c.steps[len(c.steps)-1]
	switch {
	case top.flags == flagLeaf:
		return nil
	case len(c.steps) > maxDepth:
		return top.damaged("there are too many branches above it")
	}
	low, high := top.keyAt(top.at), top.high
	if low == nil {
		return top.damaged("element %d is beyond its end", top.at)
	}
	if top.at+1 < top.count {
		high = top.keyAt(top.at + 1)
	}
	return c.enter(top.child(top.at), low, high, to)
}

// here returns the entry at which the cursor is, unless that has failed.
func (c *Cursor) here(failed error) (key, value []byte, err error) {
	if failed != nil {
		return nil, nil, c.bucket.named(failed)
	}
	p := &c.steps[len(c.steps)-1]
	if p.count == 0 {
		return nil, nil, nil
	}
	if flags := p.entryFlags(p.at); flags != c.bucket.entryFlags() {
		return nil, nil, c.bucket.named(p.damaged("entry %d has the flags %#x", p.at, flags))
	}
	pos, keySize, valueSize := p.element(p.at)
	from := headerBytes + p.at*elementBytes + pos
	if from+keySize+valueSize > len(p.data) {
		return nil, nil, c.bucket.named(p.damaged("element %d is beyond its end", p.at))
	}
	return p.data[from:][:keySize:keySize], p.data[from+keySize:][:valueSize:valueSize], nil
}

// glance reads a page with its overflow, and looks at no more than its header.
func (f *File) glance(id uint64) (page, error) {
	p, err := f.readHead(id, flagBranch|flagLeaf, nil)
	if err == nil {
		err = f.extend(&p, f.PageSize*(1+p.overflow()))
	}
	if err == nil && headerBytes+p.count*elementBytes > len(p.data) {
		err = p.damaged("its %d entries are beyond its end", p.count)
	}
	return p, err
}

// checkBounds tells whether the first key and the last one of a page that a branch leads to are as
// that says.
func (p *page) checkBounds(low, high []byte) error {
	switch {
	case p.count == 0 && (p.flags == flagBranch || low != nil):
		return p.damaged("it is empty")
	case low != nil && !bytes.Equal(p.keyAt(0), low):
		return p.damaged("its first key is not the one that its parent has for it")
	case high != nil && bytes.Compare(p.keyAt(p.count-1), high) >= 0:
		return p.notBelow(p.count - 1)
	}
	return nil
}

// keyAt is key for a page that was only glanced at: nil if it would be beyond the end.
func (p *page) keyAt(i int) []byte {
	pos, size, _ := p.element(i)
	at := headerBytes + i*elementBytes + pos
	if at+size > len(p.data) {
		return nil
	}
	return p.data[at:][:size:size]
}
