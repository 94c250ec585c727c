package bolt

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// wideJournal makes one with so many tasks that have ended that it has several parts, and
// damage in some of them.
func wideJournal(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	for n := 0; n < wideTasks; n += 1000 {
		commitLives(t, s, n, n+1000)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, path, func(tx *bbolt.Tx) (err error) {
		for n := 7; n < wideTasks; n += wideTasks / 9 {
			err = errors.Join(err, flipValue(bucketDone, benchID(n))(tx),
				flipValue(bucketResult, benchID(n+1))(tx), without(bucketResult, idBytesOf(n+2))(tx))
		}
		return err
	})
	return path
}

const wideTasks = 20000

func idBytesOf(n int) []byte {
	id := benchID(n)
	return id[:]
}

// lookedAt returns what is found at a file at rest, in order, by one way to look at it.
func lookedAt(t *testing.T, path string, look func(v *verifier, a *atRest) error) (found []journal.Problem, all seen) {
	t.Helper()
	v := newVerifier(context.Background(), func(p journal.Problem) { found = append(found, p) }, nil)
	a, err := openAtRest(path, Options{}, v.damagedFile)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	v.source = a
	if err := look(v, a); err != nil {
		t.Error(err)
	}
	return found, v.seen
}

// by has so many look at the parts of a file.
func by(lookers int) func(*verifier, *atRest) error {
	return func(v *verifier, a *atRest) error {
		v.lookers = lookers
		return v.sideBySide(a.image)
	}
}

// However many look at the parts of a file, they find the same in the same order as who
// goes through it alone, step by step.
func TestVerifyInParts(t *testing.T) {
	path := wideJournal(t)
	want, all := lookedAt(t, path, func(v *verifier, a *atRest) error {
		return v.inSteps()
	})
	if len(want) < 20 || all.checked.Entries < wideTasks {
		t.Errorf("%d problems, %+v", len(want), all.checked)
	}
	for _, lookers := range []int{1, 2, 7} {
		got, seen := lookedAt(t, path, by(lookers))
		if !slices.Equal(got, want) || !reflect.DeepEqual(seen, all) {
			t.Errorf("%d look: %d problems %v\nwant %d %v\nof %+v\nwant %+v", lookers, len(got), got, len(want), want, seen, all)
		}
	}
}

// So it is with pages that are damaged, which the walk finds among what the others do.
func TestVerifyPagesInParts(t *testing.T) {
	path := wideJournal(t)
	for page := int64(100); page < 1000; page += 90 {
		flipAt(t, path, page*4096)
	}
	want, all := lookedAt(t, path, by(1))
	if at := slices.IndexFunc(want, func(p journal.Problem) bool { return p.Bucket == fileProblem }); at < 0 {
		t.Errorf("no page is damaged: %v", want)
	}
	if got, seen := lookedAt(t, path, by(7)); !slices.Equal(got, want) || !reflect.DeepEqual(seen, all) {
		t.Errorf("%v\nwant %v\nof %+v\nwant %+v", got, want, seen, all)
	}
}

// The page that a bucket begins with is told like any other.
func TestVerifyFirstPage(t *testing.T) {
	path := wideJournal(t)
	var root int64
	edit(t, path, func(tx *bbolt.Tx) error {
		root = int64(tx.Bucket(bucketResult).Root())
		return nil
	})
	flipAt(t, path, root*int64(os.Getpagesize()))
	found, _ := lookedAt(t, path, by(2))
	if !slices.ContainsFunc(found, func(p journal.Problem) bool { return p.Bucket == fileProblem }) {
		t.Errorf("page %d is not told: %v", root, found)
	}
}

// Who gives up is heard in the middle of a bucket.
func TestVerifyGivenUp(t *testing.T) {
	path := wideJournal(t)
	ctx, giveUp := context.WithCancel(context.Background())
	checked, err := VerifyFile(ctx, path, Options{}, func(journal.Problem) {}, func(journal.Checked) { giveUp() })
	if !errors.Is(err, context.Canceled) || checked.Entries >= wideTasks {
		t.Errorf("%+v, %v", checked, err)
	}
}

// A verification that is given up tells so, whenever that is, and of nothing that it has not come
// to.
func TestVerifyGivenUpAnywhere(t *testing.T) {
	t.Parallel()
	path := largeLives(t)
	for n, told := 0, 1; told > n; n++ {
		ctx, giveUp := context.WithCancel(t.Context())
		if told = 0; n == 0 {
			giveUp()
		}
		_, err := VerifyFile(ctx, path, Options{}, func(p journal.Problem) { t.Errorf("given up at %d: %s", n, p) }, func(journal.Checked) {
			if told++; told == n {
				giveUp()
			}
		})
		if err != nil && !errors.Is(err, context.Canceled) || n == 0 && err == nil {
			t.Errorf("given up at %d: %v", n, err)
		}
		giveUp()
	}
}

// A part that is filled again and again takes no more memory than its leaves have, wherever
// among small ones the large ones stand.
func TestPartsStaySmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	if err := mustOpen(t, plain, path).Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, path, func(tx *bbolt.Tx) (err error) {
		chance := rand.New(rand.NewPCG(1, 2))
		for n := range 10000 {
			size := 1500
			if chance.IntN(40) == 0 {
				size = 200_000
			}
			err = errors.Join(err, tx.Bucket(bucketResult).Put(idBytesOf(n), make([]byte, size)))
		}
		return err
	})
	a, err := openAtRest(path, Options{}, func(error) {})
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	p := &parts{image: a.image, empty: make(chan *part, 1), full: make(chan *part), ordered: make(chan *part)}
	again := &part{}
	p.empty <- again
	go p.walk(context.Background())
	filled := 0
	for part := range p.ordered {
		<-p.full
		filled++
		p.empty <- part
	}
	before := heapNow()
	runtime.KeepAlive(again)
	again = nil
	<-p.empty
	took := before - heapNow()
	if filled < 20 || took > 2*partBytes {
		t.Errorf("after %d times a part takes %d bytes", filled, took)
	}
}

// heapNow returns how many bytes of the heap are in use, without what a pool lets go of.
func heapNow() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
