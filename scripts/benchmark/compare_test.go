package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// revision makes a source tree with both programs, of which the instrument is as told.
func revision(t *testing.T, instrument string) *side {
	t.Helper()
	s := &side{name: "A: revision", root: t.TempDir(), bin: t.TempDir()}
	for path, text := range map[string]string{
		"go.mod":                    "module bcp\n",
		"cmd/bcp-broker/main.go":    "package main\n\nfunc main() {}\n",
		"scripts/benchmark/main.go": "package main\n\n" + instrument,
	} {
		path = filepath.Join(s.root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

const (
	fits  = "func main() {}\n"
	unfit = "func main() { missing() }\n"
)

// TestBuildSides compares revisions by all cells that are chosen, and by those that see
// a broker from outside if the instrument doesn't build with both.
func TestBuildSides(t *testing.T) {
	for _, c := range []struct {
		only, instrument, want, failure string
	}{
		{"load,core", fits, "load,core", ""},
		{"load,core", unfit, "load", ""},
		{"core", unfit, "", "can't be built with both revisions"},
	} {
		o, err := parse([]string{"--only", c.only})
		if err != nil {
			t.Fatal(err)
		}
		sides := []*side{revision(t, fits), revision(t, c.instrument)}
		only, err := buildSides(context.Background(), o, sides)
		if got := strings.Join(only, ","); got != c.want || !strings.Contains(words(err), c.failure) || c.failure == "" && err != nil {
			t.Errorf("%+v: cells %q, error %v", c, got, err)
		}
		borrowed := slices.ContainsFunc(sides, func(s *side) bool { return s.borrowed })
		if err == nil && borrowed != (c.instrument == unfit) {
			t.Errorf("%+v: this tree's instrument measures both: %v", c, borrowed)
		}
	}
}

// TestEquip gives a revision this tree's instrument, and what that needs if it has none.
func TestEquip(t *testing.T) {
	for name, has := range map[string]bool{"older": false, "newer": true} {
		t.Run(name, func(t *testing.T) {
			s := revision(t, fits)
			own := filepath.Join(s.root, lent, "own.go")
			if has {
				if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(own, nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := equip("../..", s.root); err != nil {
				t.Fatal(err)
			}
			for path, want := range map[string]bool{
				"scripts/benchmark/compare.go": true, lent + "/own.go": has, lent + "/handshake.go": !has,
			} {
				if _, err := os.Stat(filepath.Join(s.root, path)); (err == nil) != want {
					t.Errorf("%s is there: %v, want %v", path, err == nil, want)
				}
			}
		})
	}
}
