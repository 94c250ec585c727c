package tree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// A leaf with a wrong key is told to who asks for it, and to who asks for one beside it, in
// whatever order these are asked for; and nobody else is told anything.
func TestSoundAround(t *testing.T) {
	content, tall := makeTall(t)
	pages, firsts := leavesOf(t, tall)
	random := rand.New(rand.NewPCG(1, 1))
	for wrong := 0; wrong < len(pages); wrong += 19 { // at other places below each branch
		page := content[int(pages[wrong])*tall.file.PageSize:]
		last := bytes.Index(page, firsts[wrong]) + len(firsts[wrong]) - 1
		page[last] ^= 1
		for _, order := range orders(len(pages), random) {
			b := keptAnew(t, content, tall)
			for _, at := range order {
				if err := b.Sound(firsts[at]); errors.Is(err, ErrDamaged) != (at == wrong) {
					t.Fatalf("leaf %d of %d is wrong, and of leaf %d is told: %v", wrong, len(pages), at, err)
				}
				if err := b.SoundAround(firsts[at]); errors.Is(err, ErrDamaged) != (at-1 <= wrong && wrong <= at+1) {
					t.Fatalf("leaf %d of %d is wrong, and around leaf %d is told: %v", wrong, len(pages), at, err)
				}
			}
		}
		page[last] ^= 1
	}
}

// Two entries of a branch lead to the same leaf: who asks for a key below the wrong one is told,
// in whatever order they are asked for.
func TestSoundOfAWrongChild(t *testing.T) {
	content, tall := makeTall(t)
	pages, firsts := leavesOf(t, tall)
	wrong := len(pages) / 2
	for from := 0; from < len(content); from += tall.file.PageSize {
		if page := content[from:]; binary.NativeEndian.Uint16(page[8:]) == flagBranch {
			for i := range int(binary.NativeEndian.Uint16(page[10:])) {
				if child := page[headerBytes+i*elementBytes+8:]; binary.NativeEndian.Uint64(child) == pages[wrong] {
					binary.NativeEndian.PutUint64(child, pages[wrong-1])
				}
			}
		}
	}
	for _, order := range orders(len(pages), rand.New(rand.NewPCG(1, 1))) {
		b := keptAnew(t, content, tall)
		for _, at := range order {
			if err := b.Sound(firsts[at]); errors.Is(err, ErrDamaged) != (at == wrong) {
				t.Errorf("leaf %d of %d is another one, and of leaf %d is told: %v", wrong, len(pages), at, err)
			}
		}
	}
}

// keptAnew returns the bucket in a file that keeps pages, and has none yet.
func keptAnew(t *testing.T, content []byte, of *Bucket) *Bucket {
	t.Helper()
	file := In(content, of.file.PageSize, of.file.root)
	file.Keep(KeptBytes)
	b, err := file.Bucket("tall")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// leavesOf returns the pages and the first keys of a bucket's leaves.
func leavesOf(t *testing.T, b *Bucket) (pages []uint64, firsts [][]byte) {
	t.Helper()
	err := b.Leaves(Walk{}, func(l *Leaf) (bool, error) {
		pages, firsts = append(pages, l.page.id), append(firsts, bytes.Clone(l.Key(0)))
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages, firsts
}

// orders returns orders in which so many leaves are asked for: both ways, and at random.
func orders(n int, random *rand.Rand) [][]int {
	up := make([]int, n)
	for i := range up {
		up[i] = i
	}
	down := slices.Clone(up)
	slices.Reverse(down)
	return [][]int{up, down, random.Perm(n)}
}
