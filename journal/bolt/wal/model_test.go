package wal

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// life is a log as a store uses it: one half is written while what is in the other is
// brought elsewhere, and now and then all ends, with the last write or a part of it.
type life struct {
	*written
	rand   *rand.Rand
	before uint64 // last entry of the other half, 0 when that is settled
	under  region // the region before the last write
	wrote  bool   // it may be cut off
}

// TestLives: whatever is done with a log, what is read is what was written, and not settled.
func TestLives(t *testing.T) {
	for seed := range uint64(200) {
		source := rand.New(rand.NewPCG(seed, 1))
		l := &life{written: newWritten(t, MinBytes+source.IntN(20*BlockBytes)), rand: source}
		for n := range 100 {
			l.step()
			l.check(fmt.Sprintf("seed %d, step %d", seed, n), 0)
		}
	}
}

func (l *life) step() {
	switch l.rand.IntN(8) {
	case 0:
		l.turn()
	case 1:
		l.end()
	case 2:
		l.spoil()
	case 3:
		l.settleBefore()
	default:
		l.writeOne()
	}
}

// settleBefore brings elsewhere what is in the other half.
func (l *life) settleBefore() {
	if l.before > 0 {
		l.settle(l.before)
		l.before = 0
	}
}

// turn goes on in the other half once what is there is settled.
func (l *life) turn() {
	l.settleBefore()
	if l.last.Seq > l.done.Seq {
		l.before = l.last.Seq
		l.log.Turn()
	}
}

// writeOne writes an entry, or turns if there is no room.
func (l *life) writeOne() {
	size := l.rand.IntN(3 * BlockBytes)
	if l.rand.IntN(4) == 0 {
		size = filling(1 + l.rand.IntN(3))
	}
	if !l.log.Fits(HeaderBytes + size) {
		l.turn()
		return
	}
	l.under, l.wrote = slices.Clone(l.region), true
	l.write(size)
}

// end cuts the last write off, sector by sector, and goes on with another mark as the next
// opening does, which settles all that it finds.
func (l *life) end() {
	if l.wrote && len(l.want) > 0 && l.rand.IntN(2) == 0 {
		l.cut()
	}
	l.wrote, l.before = false, 0
	l.settle(l.last.Seq)
	l.last.Mark = l.rand.Uint64() | 1
	l.done, l.log = l.last, Log{half: l.log.half}
}

// cut has any sectors of the last write be as they were.
func (l *life) cut() {
	const sector = 512
	now := slices.Clone(l.region)
	for at := 0; at+sector <= len(now); at += sector {
		if l.rand.IntN(2) == 0 {
			copy(l.region[at:at+sector], l.under[at:])
		}
	}
	last := entryOf(l.last, l.want[len(l.want)-1].Content)
	whole := bytes.Contains(l.region, last)
	if !whole {
		l.last.Seq--
		l.want = l.want[:len(l.want)-1]
	}
	l.check(fmt.Sprintf("cut off, whole %v", whole), 0)
}

// spoil flips a byte of any entry but the last for a moment.
func (l *life) spoil() {
	if len(l.want) < 2 {
		return
	}
	e := l.want[l.rand.IntN(len(l.want)-1)]
	entry := entryOf(ID{l.last.Mark, e.Seq}, e.Content)
	at := bytes.Index(l.region, entry) + l.rand.IntN(len(entry))
	flip := byte(1 + l.rand.IntN(255))
	l.region[at] ^= flip
	l.checkDamaged(fmt.Sprintf("byte %d, of entry %d", at, e.Seq))
	l.region[at] ^= flip
}
