package bolt

import (
	"testing"
)

// A page is looked at once until the next commit, whichever keys are missing from it.
func TestLooks(t *testing.T) {
	s, _ := openNew(t, plain)
	commit := func(n int, key string) {
		life := benchLife(n)
		life[0].Spec.Key = key
		if err := s.Commit(life[:1]); err != nil {
			t.Fatal(err)
		}
	}
	missing := func(keys ...string) {
		for _, key := range keys {
			if _, found, err := s.ByKey(key); found || err != nil {
				t.Errorf("%s: found %v, error %v", key, found, err)
			}
		}
	}
	commit(1, "c/5")
	missing("c/6", "c/7", "c/50")
	if n := len(s.looks.list); n != 1 {
		t.Errorf("%d looks at one page", n)
	}
	missing("a")
	if n := len(s.looks.list); n != 2 {
		t.Errorf("%d looks: what is before the first key is another place", n)
	}
	commit(2, "c/6")
	missing("c/7", "c/8")
	if n := len(s.looks.list); n != 1 {
		t.Errorf("%d looks after a commit", n)
	}
	if id, found, err := s.ByKey("c/6"); id != benchID(2) || !found || err != nil {
		t.Errorf("c/6: task %s, %v, error %v", id, found, err)
	}
	for n := range looksMax + 3 {
		s.looks.add(s.looks.tx, bucketKeys, s.looks.list[0].Span)
		if got := len(s.looks.list); got > looksMax {
			t.Fatalf("%d looks are remembered after %d", got, n)
		}
	}
}
