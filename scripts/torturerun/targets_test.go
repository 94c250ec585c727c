package main

import (
	"slices"
	"testing"
)

// The targets of texts are those that there are, and each target is found once.
func TestFindTargets(t *testing.T) {
	all, err := findTargets()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, found := range all {
		names = append(names, found.path+" "+found.name)
	}
	for _, name := range texts {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not among %q", name, names)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) || !slices.Contains(names, "broker/wire FuzzFrames") || slices.Contains(names, "scripts/mutants FuzzSinking") {
		t.Errorf("%q", names)
	}
}

// Who finds nothing is guided more and more seldom, and again at once when there was
// something.
func TestGuided(t *testing.T) {
	var guided []int
	x := &target{}
	for turn := range 60 {
		if x.guided() {
			guided = append(guided, turn)
			if turn == 47 {
				x.learn(1)
			} else {
				x.learn(0)
			}
		}
	}
	if want := []int{0, 2, 6, 14, 30, 47, 48, 50, 54}; !slices.Equal(guided, want) {
		t.Errorf("guided in the turns %v, want %v", guided, want)
	}
}

// A long run feeds nobody more than its share before it has its goal, and then those
// that have too little.
func TestWants(t *testing.T) {
	quick, slow, word := &target{fed: fuzzMost}, &target{fed: fuzzLeast - 1}, &target{path: "journal", name: "FuzzWords", fed: textsMost}
	for _, fed := range []int{0, fuzzGoal} {
		z := &fuzzing{fed: fed}
		if z.wants(quick) || !z.wants(slow) || z.wants(word) {
			t.Errorf("after %d inputs %v, %v and %v are wanted; only the second is right", fed, z.wants(quick), z.wants(slow), z.wants(word))
		}
	}
	slow.fed = fuzzLeast
	if !(&fuzzing{}).wants(slow) || (&fuzzing{fed: fuzzGoal}).wants(slow) || (&fuzzing{}).wants(&target{broken: true}) {
		t.Error("a target that has the least is wanted until the goal only, and a broken one never")
	}
}
