package mutants

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Equal seeds of chance give equal inputs, and other ones others; all are within the
// bound, and nothing is done to the seeds.
func TestMutator(t *testing.T) {
	seeds := append(Texts("hello", "", "a=b,c=d"), bytes.Repeat([]byte("long"), 900), make([]byte, inputMax+1))
	was := make([][]byte, len(seeds))
	for i := range seeds {
		was[i] = bytes.Clone(seeds[i])
	}
	one, same, other := newMutator(seeds, 1), newMutator(seeds, 1), newMutator(seeds, 2)
	var unlike, unchanged int
	for range 10_000 {
		a, b, c := one.next(nil), same.next(nil), other.next(nil)
		if !bytes.Equal(a, b) || len(a) > inputMax {
			t.Fatalf("%q and %q", a, b)
		}
		if !bytes.Equal(a, c) {
			unlike++
		}
		for _, s := range seeds {
			if bytes.Equal(a, s) {
				unchanged++
			}
		}
	}
	if unlike < 9_000 || unchanged > 3_000 {
		t.Errorf("%d of 10,000 differ with the seed of chance, %d are seeds", unlike, unchanged)
	}
	for i := range seeds {
		if !bytes.Equal(seeds[i], was[i]) {
			t.Errorf("seed %d was changed", i)
		}
	}
}

// A piece is put in where it is asked for, also one of the input itself.
func TestPut(t *testing.T) {
	b := []byte("abcdef")
	if got := put(b, 2, b[3:5]); string(got) != "abdecdef" {
		t.Errorf("%q", got)
	}
	if got := put([]byte("ab"), 2, []byte("cd")); string(got) != "abcd" {
		t.Errorf("%q", got)
	}
}

// sinking is set for the child of TestFindings, which breaks a property.
var sinking = os.Getenv("BCP_MUTANTS_BREAK")

// FuzzSinking is fed by TestFindings.
func FuzzSinking(f *testing.F) {
	Fuzz(f, Texts("seed"), func(t testing.TB, input []byte) {
		if len(input) == 0 || input[0] == 's' {
			return
		}
		switch sinking {
		case "panic":
			panic("sunk")
		case "fail":
			t.Error("failed")
		case "allocate":
			for range 2 {
				hole = make([]byte, allocMax)
			}
		}
	})
}

// hole takes what is allocated.
var hole []byte

// Whatever breaks a property is told with its input, and kept where the next run looks
// for it.
func TestFindings(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for how, want := range map[string]string{"panic": "panic: sunk", "fail": "failed", "allocate": "bytes are allocated for an input", "": ""} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command(program, "-test.run=^FuzzSinking$", "-mutants="+(50*time.Millisecond).String())
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "BCP_MUTANTS_BREAK="+how)
			out, err := cmd.CombinedOutput()
			kept, globErr := filepath.Glob(filepath.Join(dir, "testdata", "fuzz", "FuzzSinking", "*"))
			if globErr != nil {
				t.Fatal(globErr)
			}
			if how == "" {
				if err != nil || len(kept) != 0 || !strings.Contains(string(out), "mutants: ") {
					t.Errorf("%v, kept %v: %s", err, kept, out)
				}
				return
			}
			if err == nil || len(kept) != 1 || !strings.Contains(string(out), want) || !strings.Contains(string(out), "input \"") {
				t.Errorf("%v, kept %v: %s", err, kept, out)
			}
		})
	}
}
