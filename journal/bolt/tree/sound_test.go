package tree

import (
	"bytes"
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
			file := In(content, tall.file.PageSize, tall.file.root)
			file.Keep(KeptBytes)
			b, err := file.Bucket("tall")
			if err != nil {
				t.Fatal(err)
			}
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
