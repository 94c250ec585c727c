package main

import (
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// Each mistake has its place in the source, and a name of its own.
func TestMistakesHaveTheirPlaces(t *testing.T) {
	for i, m := range mistakes {
		if _, err := m.change(root); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		if slices.ContainsFunc(mistakes[:i], func(o mistake) bool { return o.name == m.name }) {
			t.Errorf("two mistakes are called %q", m.name)
		}
	}
}

// One that is planted is found, and a change that is none is not.
func TestPlant(t *testing.T) {
	i := slices.IndexFunc(mistakes, func(m mistake) bool { return m.name == "any attempt's word counts" })
	f, err := plant(t.Context(), root, mistakes[i], 60)
	if err != nil || f.lives == 0 || f.check() == "" {
		t.Errorf("%s: %v, %v", mistakes[i].name, f, err)
	}
	none := mistake{name: "none", file: "broker/attempt.go", old: "// holder returns", made: "// holder really returns"}
	if f, err := plant(t.Context(), root, none, 20); err != nil || f.lives != 0 {
		t.Errorf("no mistake: %v, %v", f, err)
	}
}

// A mistake whose code has moved says so.
func TestMovedCode(t *testing.T) {
	for _, old := range []string{"there is no such line", "return"} {
		m := mistake{name: "moved", file: "broker/attempt.go", old: old, made: "x"}
		if _, err := m.change(root); err == nil || !strings.Contains(err.Error(), "should have it once") {
			t.Errorf("%q: %v", old, err)
		}
	}
}

func TestCheck(t *testing.T) {
	f := finding{text: "task 01HF7YAVYRDSFC2ZE0MKE0YXBX-1 is told as {Task:{1 2}} and is not"}
	if got, want := f.check(), "task … is told as and is not"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
