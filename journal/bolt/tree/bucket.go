package tree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Bucket is one of the buckets of the file. The root bucket has an entry for each: the page of
// its root or, if the bucket is small, the page itself.
//
//	value of its entry  +--------+------------+---------------------------+
//	                    | root 8 | sequence 8 | page, if the root is 0    |
//	                    +--------+------------+---------------------------+
type Bucket struct {
	Name   string
	file   *File
	root   uint64
	inline []byte
	depth  int      // branches above each leaf; unknown for a bucket in which only keys are looked up
	last   lookedUp // only if the file keeps pages
}

// named tells in an error which bucket it is about.
func (b *Bucket) named(err error) error {
	if err == nil || b.Name == "" {
		return err
	}
	return fmt.Errorf("bucket %s: %w", b.Name, err)
}

// Root returns the number of the bucket's root page, or 0 if the bucket is stored inline, in
// the root bucket.
func (b *Bucket) Root() uint64 { return b.root }

const (
	bucketBytes = 16
	unknown     = -1
)

// maxDepth bounds the branches above a leaf: with two children each there would be
// more leaves than a disk has room for.
const maxDepth = 24

// Buckets returns the buckets of the file, by name. It checks the pages of the root bucket,
// and notes them in marks, which may be nil; but not those of the buckets themselves.
func (f *File) Buckets(marks *Marks) (map[string]*Bucket, error) {
	all := make(map[string]*Bucket)
	root, err := f.bucket("", f.root, nil)
	if err != nil {
		return nil, err
	}
	err = root.Leaves(Walk{Marks: marks}, func(l *Leaf) (bool, error) {
		for i := range l.Len() {
			name := string(l.Key(i))
			root, inline, err := bucketRoot(name, l.Value(i))
			if err == nil {
				all[name], err = f.bucket(name, root, inline)
			}
			if err != nil {
				return false, err
			}
		}
		return true, nil
	})
	return all, err
}

// Bucket returns one bucket, for lookups of keys only, or nil if there is no such bucket.
func (f *File) Bucket(name string) (*Bucket, error) {
	root := &Bucket{file: f, root: f.root, depth: unknown}
	value, found, err := root.Get([]byte(name))
	if err != nil || !found {
		return nil, err
	}
	b := &Bucket{Name: name, file: f, depth: unknown}
	if b.root, b.inline, err = bucketRoot(name, value); err != nil {
		return nil, err
	}
	return b, nil
}

// bucketRoot returns what the entry of a bucket says; the page is a copy.
func bucketRoot(name string, value []byte) (root uint64, inline []byte, err error) {
	if len(value) < bucketBytes || binary.NativeEndian.Uint64(value[8:]) != 0 {
		return 0, nil, damagef("entry %q is no bucket", name)
	}
	root, inline = binary.NativeEndian.Uint64(value), bytes.Clone(value[bucketBytes:])
	if root != 0 && len(inline) > 0 {
		err = damagef("bucket %s has a page and is inline, too", name)
	}
	return root, inline, err
}

// bucket finds out how deep a bucket is.
func (f *File) bucket(name string, root uint64, inline []byte) (*Bucket, error) {
	b := &Bucket{Name: name, file: f, root: root, inline: inline}
	if root == 0 {
		return b, nil
	}
	depth, err := f.depth(root, 0, make(map[uint64]bool))
	b.depth = depth
	if err != nil && !errors.Is(err, errKind) {
		return nil, b.named(err)
	}
	return b, nil
}

// errKind tells of a page that doesn't say what it is: a damaged branch, or a damaged leaf.
var errKind = fmt.Errorf("%w: it is neither a branch nor a leaf", ErrDamaged)

// depth counts the branches from a page on to a leaf: to the first one, or where the
// way there is damaged, to another. With errKind, all that it found may be leaves. Pages that
// it came to before, seen, led to none: so it reads each page once, however the branches refer
// to each other.
func (f *File) depth(id uint64, above int, seen map[uint64]bool) (depth int, err error) {
	if id < 2 || id >= f.Pages || above > maxDepth {
		return 0, damagef("page %d: it is no part of a tree", id)
	}
	if seen[id] {
		return 0, damagef("page %d: it is in two places", id)
	}
	seen[id] = true
	header, err := f.bytes(id, headerBytes, nil)
	if err != nil {
		return 0, err
	}
	switch binary.NativeEndian.Uint16(header[8:]) {
	case flagLeaf:
		return above, nil
	case flagBranch:
	default:
		return above, errKind
	}
	p, err := f.read(id, flagBranch, nil)
	if err == nil && p.count == 0 {
		err = p.damaged("it has no children")
	}
	for i := range min(p.count, (len(p.data)-headerBytes)/elementBytes) { // of a damaged page there may be less
		if depth, err = f.depth(p.child(i), above+1, seen); err == nil {
			return depth, nil
		}
	}
	return depth, err
}

// Get looks up a key. The value is a copy; but if the file keeps pages (see Keep), it is part
// of one, and must not be changed.
func (b *Bucket) Get(key []byte) (value []byte, found bool, err error) {
	if b.file.kept != nil {
		if err = b.Sound(key); err == nil {
			value, found = b.last.leaf.find(key)
		}
		return value, found, err
	}
	_, err = b.Around(key, func(k, v []byte) error {
		if bytes.Equal(k, key) {
			value, found = append([]byte{}, v...), true
		}
		return nil
	})
	return value, found, err
}

// Span is a range of keys: from Low, which is in it, up to High, which is not. Nil means no
// bound.
type Span struct{ Low, High []byte }

// Has tells whether the key is in the span.
func (s *Span) Has(key []byte) bool {
	return bytes.Compare(s.Low, key) <= 0 && (s.High == nil || bytes.Compare(key, s.High) < 0)
}

// Around checks the leaf in which a key is, or would be if it were there, and calls fn with
// each of its entries. If the key would come behind the last of them, it checks the next leaf
// as well. So it finds out when a key is missing because of damage, provided that fn finds
// damage of the keys of entries. It returns the span of keys that it has done this for.
//
// It trusts the branches above the leaf, and may panic if no walk has checked them before.
func (b *Bucket) Around(key []byte, fn func(key, value []byte) error) (looked Span, err error) {
	first := true
	looked.Low = bytes.Clone(key)
	err = b.Leaves(Walk{From: key, lookUp: true}, func(l *Leaf) (more bool, err error) {
		last := l.Len() - 1
		if !first { // what comes behind
			looked.High = bytes.Clone(key)
			if last >= 0 {
				looked.High = bytes.Clone(l.Key(0))
			}
			return false, nil
		}
		first = false
		for i := range l.Len() {
			if err := fn(l.Key(i), l.Value(i)); err != nil {
				return false, err
			}
		}
		if last < 0 {
			return false, nil
		}
		if bytes.Compare(l.Key(0), key) < 0 {
			looked.Low = bytes.Clone(l.Key(0))
		}
		if bytes.Compare(l.Key(last), key) < 0 {
			return true, nil
		}
		looked.High = bytes.Clone(l.Key(last))
		return false, nil
	})
	return looked, err
}
