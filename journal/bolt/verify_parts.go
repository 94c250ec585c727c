package bolt

import (
	"cmp"
	"context"
	"runtime"
	"sync"

	"bcp/journal/bolt/tree"
	"bcp/migrations"
)

// A file at rest is looked at by all processors:
//
//	                /--> look --\
//	walk --> parts ----> look ----> parts, in the same order --> tell
//	                \--> look --/
//
// One goroutine walks through the pages, which finds what is wrong with them. What it
// comes to is held against the rest of the file by several others, each with pages of its
// own that it keeps, part by part. What they find is told in the order of the walk.

const (
	// partLeaves is how many leaves a part has: so many that looking at it takes far longer
	// than handing it over, and that who looks at one needs few pages that others need, too.
	// It has fewer if these have more than partBytes.
	partLeaves = 256
	partBytes  = 2 << 20

	// lookersMax bounds the memory: each keeps pages.
	lookersMax = 8

	// partsAhead is for how many parts the walk is ahead of those that are being looked at.
	partsAhead = 2
)

// part is so many leaves of a bucket, and between them what is wrong with pages.
type part struct {
	bucket string
	pieces [partLeaves]piece
	n      int
	data   []byte // of the leaves

	seen
	err    error         // that it could not be looked at
	looked chan struct{} // gets one when it has been
}

type piece struct {
	leaf   tree.Leaf
	damage error // and no leaf
}

func (p *part) isFull() bool { return p.n == partLeaves || len(p.data) > partBytes }

// next returns the piece that comes next.
func (p *part) next() *piece {
	p.n++
	return &p.pieces[p.n-1]
}

// parts is a verification by several.
type parts struct {
	of    *verifier
	image *image // for the walk

	empty   chan *part
	full    chan *part // for who looks
	ordered chan *part // the same ones, for who tells
}

// usualLookers returns how many look at parts at the same time.
func usualLookers() int { return min(runtime.GOMAXPROCS(0), lookersMax) }

// sideBySide looks at the entries of every bucket of a file, by several at the same time.
func (v *verifier) sideBySide(i *image) error {
	all := v.lookers + partsAhead
	p := &parts{of: v, image: i, empty: make(chan *part, all), full: make(chan *part, all), ordered: make(chan *part, all)}
	for range all {
		p.empty <- &part{looked: make(chan struct{}, 1)}
	}
	ctx, stop := context.WithCancel(v.ctx)
	defer stop()
	var under sync.WaitGroup
	defer under.Wait()
	for range v.lookers {
		looker, err := v.another(i, tree.KeptBytes/v.lookers)
		if err != nil {
			close(p.full)
			return err
		}
		under.Go(func() { looker.lookAt(p.full) })
	}
	under.Go(func() { p.walk(ctx) })
	return cmp.Or(p.tell(stop), v.ctx.Err())
}

// another returns a verifier for another goroutine, which keeps pages of so many bytes.
func (v *verifier) another(i *image, keep int) (*verifier, error) {
	file := i.file.Again()
	file.Keep(keep)
	again, err := newImage(file)
	if err != nil {
		return nil, err
	}
	again.hints = i.hints
	return &verifier{ctx: v.ctx, source: v.source, image: again}, nil
}

// walk walks through the buckets, until the context ends.
func (p *parts) walk(ctx context.Context) {
	defer close(p.ordered)
	defer close(p.full)
	for _, name := range migrations.Summed {
		if b := p.image.buckets[name]; b != nil && ctx.Err() == nil {
			p.walkThrough(ctx, b)
		}
	}
}

func (p *parts) walkThrough(ctx context.Context, b *tree.Bucket) {
	under := p.begin(b)
	next := func() *piece {
		if under.isFull() {
			p.handOver(under)
			under = p.begin(b)
		}
		return under.next()
	}
	damaged := func(err error) { next().damage = err }
	err := b.Leaves(tree.Walk{Marks: p.image.marks, Damage: damaged, Ahead: true}, func(l *tree.Leaf) (bool, error) {
		p := next()
		p.leaf, under.data = l.CopyTo(under.data)
		return ctx.Err() == nil, nil
	})
	if err != nil {
		damaged(err)
	}
	p.handOver(under)
}

// begin returns a part of the bucket that has nothing yet.
func (p *parts) begin(b *tree.Bucket) *part {
	next := <-p.empty
	next.bucket, next.n, next.data = b.Name, 0, next.data[:0]
	return next
}

func (p *parts) handOver(under *part) {
	p.ordered <- under
	p.full <- under
}

// lookAt looks at parts.
func (v *verifier) lookAt(full <-chan *part) {
	for p := range full {
		v.seen = newSeen()
		p.err = guarded(func() error {
			for n := range p.pieces[:p.n] {
				v.piece(p.bucket, &p.pieces[n])
			}
			return v.readFiles()
		})
		p.seen = v.seen
		p.looked <- struct{}{}
	}
}

func (v *verifier) piece(bucket string, p *piece) {
	if p.damage != nil {
		v.damagedFile(p.damage)
		p.damage = nil
		return
	}
	for n := range p.leaf.Len() {
		v.entry(bucket, p.leaf.Key(n), p.leaf.Value(n))
	}
}

// tell takes in what has been seen of the parts, and has the walk stopped if one could
// not be looked at, or nobody waits any more.
func (p *parts) tell(stop func()) (err error) {
	for part := range p.ordered {
		<-part.looked
		if err = cmp.Or(err, part.err, p.of.ctx.Err()); err != nil {
			stop()
		} else {
			p.of.join(&part.seen)
			p.of.tellAll()
		}
		p.empty <- part
	}
	return err
}
