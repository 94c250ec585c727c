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
	chance   = flag.Uint64("mutants.seed", 1, "from which the mutants follow")
)

const (
	// portion is how many inputs are fed between two looks at the clock and at memory.
	portion = 64

	// allocMax is the most bytes that a portion may allocate: far more than any
	// decoder has a reason to for inputs of these sizes.
	allocMax = 64 << 20
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
		s := &swarm{f: f, property: property, mutator: newMutator(seeds, *chance)}
		s.run(*duration)
	}
	f.Fuzz(func(t *testing.T, input []byte) { property(t, input) })
}

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
	inputs   [portion][]byte
	count    int
}

func (s *swarm) run(limit time.Duration) {
	defer s.keep()
	allocated := allocations()
	for end := time.Now().Add(limit); time.Now().Before(end); {
		for i := range s.inputs {
			s.inputs[i] = s.mutator.next(s.inputs[i][:0])
			s.feed(s.inputs[i])
		}
		s.count += portion
		now := allocations()
		if now-allocated > allocMax {
			s.blame()
		}
		allocated = now
	}
	s.current = nil
	fmt.Printf("mutants: %d\n", s.count)
}

// feed feeds one input.
func (s *swarm) feed(input []byte) {
	s.current = input
	if s.property(s.f, input); s.f.Failed() {
		s.f.FailNow()
	}
}

// blame finds the input of the last portion that takes so much memory.
func (s *swarm) blame() {
	for _, input := range s.inputs {
		before := allocations()
		s.feed(input)
		if n := allocations() - before; n > allocMax {
			s.f.Fatalf("%d bytes are allocated for an input of %d", n, len(input))
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
	folder := filepath.Join("testdata", "fuzz", s.f.Name())
	name := filepath.Join(folder, fmt.Sprintf("mutant-%016x", rand.Uint64()))
	err := os.MkdirAll(folder, 0o750)
	if err == nil {
		err = os.WriteFile(name, fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", s.current), 0o600)
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
