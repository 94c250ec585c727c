package tree

import (
	"bytes"
	"slices"
	"testing"
)

// Who goes from entry to entry comes to all of them, either way, but for those of a damaged leaf.
func TestBeyond(t *testing.T) {
	content, tall := makeTall(t)
	pages, _ := leavesOf(t, tall)
	for _, wrong := range []int{-1, 0, len(pages) / 2, len(pages) - 1} {
		var want [][]byte
		if err := tall.Leaves(Walk{}, func(l *Leaf) (bool, error) {
			for i := 0; i < l.Len() && (wrong < 0 || l.page.id != pages[wrong]); i++ {
				want = append(want, bytes.Clone(l.Key(i)))
			}
			return true, nil
		}); err != nil {
			t.Fatal(err)
		}
		if wrong >= 0 {
			content[int(pages[wrong])*tall.file.PageSize+8] ^= 4
		}
		b := keptAnew(t, content, tall)
		for _, descending := range []bool{false, true} {
			var got [][]byte
			for key, _ := b.Beyond(nil, descending); key != nil && len(got) <= len(want); key, _ = b.Beyond(key, descending) {
				got = append(got, key)
			}
			if descending {
				slices.Reverse(got)
			}
			if !slices.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("without leaf %d of %d, descending %v: %d entries, want %d", wrong, len(pages), descending, len(got), len(want))
			}
		}
		if wrong >= 0 {
			content[int(pages[wrong])*tall.file.PageSize+8] ^= 4
		}
	}
}
