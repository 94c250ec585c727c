package mutants

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

var (
	duration = flag.Duration("mutants", 0, "how long each fuzz target is fed with quick mutants of its seeds, when it is run as a test")
	found    = flag.String("mutants.found", "", "the `folder` of what guided runs found of interest (as -test.fuzzcachedir), of which mutants are made too")
	chance   = flag.Uint64("mutants.seed", 1, "from which the mutants follow")
)

const (
	// portion is how many inputs are fed between two looks at the clock and at memory:
	// a look costs as much as some of them.
	portion = 256

	// allocMax is the most bytes that a portion may allocate: far more than any
	// decoder has a reason to for inputs of these sizes.
	allocMax = 64 << 20

	// garbagePercent lets garbage grow to some 40 MiB, from the 4 that are usual for so
	// small a heap: a decoder leaves little that lives, and a collection costs the same.
	garbagePercent = 1000
)

// Property tells whether a decoder keeps its word for an input, which it may neither keep
// nor change. It fails t where not.
type Property func(t testing.TB, input []byte)

// Fuzz runs a fuzz target. With -mutants it feeds mutants of the seeds before.
func Fuzz(f *testing.F, seeds [][]byte, property Property) {
	for _, s := range seeds {
		f.Add(s)
	}
	if *duration > 0 {
		s := &swarm{f: f, property: property, mutator: newMutator(append(known(f), seeds...), *chance)}
		s.run(*duration)
	}
	f.Fuzz(func(t *testing.T, input []byte) { property(t, input) })
}

// known returns what has broken the target once, and what guided runs found of interest.
func known(f *testing.F) [][]byte {
	inputs, err := collect(testdata(f))
	if err == nil && *found != "" {
		var more [][]byte
		more, err = collect(filepath.Join(*found, f.Name()))
		inputs = append(inputs, more...)
	}
	if err != nil {
		f.Fatal(err)
	}
	return inputs
}

// testdata is the folder of what has broken the target once.
func testdata(f *testing.F) string { return filepath.Join("testdata", "fuzz", f.Name()) }

// Texts makes seeds of texts.
func Texts(texts ...string) [][]byte {
	seeds := make([][]byte, len(texts))
	for i, s := range texts {
		seeds[i] = []byte(s)
	}
	return seeds
}

// swarm feeds a property with mutants.
type swarm struct {
	f        *testing.F
	property Property
	mutator  *mutator
	current  []byte
	count    int
}

func (s *swarm) run(limit time.Duration) {
	defer s.keep()
	defer debug.SetGCPercent(debug.SetGCPercent(garbagePercent))
	allocated := allocations()
	for end := time.Now().Add(limit); time.Now().Before(end); {
		begun := s.mutator.rand
		for range portion {
			s.feed()
		}
		s.count += portion
		now := allocations()
		if now-allocated > allocMax {
			s.blame(begun)
		}
		allocated = now
	}
	s.current = nil
	fmt.Printf("mutants: %d\n", s.count)
}

// feed feeds one more input, in the room of the last one.
func (s *swarm) feed() {
	s.current = s.mutator.next(s.current[:0])
	if s.property(s.f, s.current); s.f.Failed() {
		s.f.FailNow()
	}
}

// blame makes the last portion again, and finds the input of it that takes so much memory.
func (s *swarm) blame(begun dice) {
	s.mutator.rand = begun
	for range portion {
		before := allocations()
		s.feed()
		if n := allocations() - before; n > allocMax {
			s.f.Fatalf("%d bytes are allocated for an input of %d", n, len(s.current))
		}
	}
}

// keep keeps the input that has failed, if one has, as a seed of the target.
func (s *swarm) keep() {
	p := recover()
	if p == nil && !s.f.Failed() {
		return
	}
	s.f.Logf("input %q, after %d", s.current, s.count)
	folder := testdata(s.f)
	name := filepath.Join(folder, fmt.Sprintf("mutant-%016x", rand.Uint64()))
	err := os.MkdirAll(folder, 0o750)
	if err == nil {
		err = os.WriteFile(name, kept(s.current), 0o600)
	}
	s.f.Logf("kept in %s (error %v)", name, err)
	if p != nil {
		s.f.Fatalf("panic: %v\n%s", p, strings.TrimSpace(string(debug.Stack())))
	}
}

// allocations returns how many bytes have been allocated since the start.
func allocations() uint64 {
	sample := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}
