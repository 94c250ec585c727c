package mutants

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	m := newMutator(nil, 1)
	b := []byte("abcdef")
	if got := m.put(b, 2, b[3:5]); string(got) != "abdecdef" {
		t.Errorf("%q", got)
	}
	if got := m.put([]byte("ab"), 2, []byte("cd")); string(got) != "abcd" {
		t.Errorf("%q", got)
	}
}

// What is kept of an input is read as that input, also by Go, and other forms are passed
// over.
func TestCollect(t *testing.T) {
	dir := t.TempDir()
	want := Texts("", "a\"\\\x00\xff`\n", "é\u2028")
	for i, input := range want {
		if err := os.WriteFile(filepath.Join(dir, string(rune('a'+i))), kept(input), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"p": "go test fuzz v1\n[]byte(\"a\")\nint(3)\n", "q": "go test fuzz v1\nstring(\"a\")\n", "r": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := collect(dir)
	if err != nil || !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := collect(filepath.Join(dir, "none")); len(got) != 0 || err != nil {
		t.Errorf("no folder: %q, %v", got, err)
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

// FuzzFound is fed by TestFound, and has no seeds of its own.
func FuzzFound(f *testing.F) {
	Fuzz(f, nil, func(t testing.TB, input []byte) {
		if bytes.Contains(input, []byte("deep inside")) {
			t.Error("met")
		}
	})
}

// Mutants are made also of what guided runs have found.
func TestFound(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "FuzzFound"), 0o700), os.WriteFile(filepath.Join(dir, "FuzzFound", "a"), kept([]byte("it is deep inside")), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"-mutants.found=" + dir}} {
		cmd := exec.Command(program, append(args, "-test.run=^FuzzFound$", "-mutants=50ms")...)
		cmd.Dir = t.TempDir()
		if out, err := cmd.CombinedOutput(); (err != nil) != (len(args) > 0) {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
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
