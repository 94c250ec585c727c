// Package house holds the tests of the project's own rules: who may import
// whom, and what lies where.
package house

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// listed is what go list tells of a package.
type listed struct {
	ImportPath string
	Imports    []string
	CgoFiles   []string
	Standard   bool
}

// allowed says for each package which of ours, and which foreign modules, its
// code may import. A package that is not here may import nothing of ours.
var allowed = map[string][]string{
	"bcp/journal":              {"bcp/journal/place", ulid},
	"bcp/journal/filter":       {"bcp/journal", ulid},
	"bcp/journal/place":        {},
	"bcp/journal/storetest":    {"bcp/journal", ulid},
	"bcp/journal/bolt":         {"bcp/journal", "bcp/journal/bolt/tree", "bcp/journal/bolt/wal", "bcp/migrations", bbolt, ulid},
	"bcp/journal/bolt/tree":    {},
	"bcp/journal/bolt/wal":     {},
	"bcp/journal/bolt/power":   {"bcp/journal/bolt"},
	"bcp/migrations":           {"bcp/journal", bbolt},
	"bcp/broker/wire":          {"bcp/journal", "bcp/journal/filter", "bcp/journal/place", ulid},
	"bcp/broker":               {"bcp/journal", "bcp/journal/filter", "bcp/journal/place", "bcp/broker/wire", blake3, xxh3, ulid},
	"bcp/broker/view":          {"bcp/journal", "bcp/broker/wire"},
	"bcp/broker/answer":        {"bcp/broker", "bcp/broker/view", "bcp/broker/wire", "bcp/journal"},
	"bcp/broker/zmtp":          {"bcp/broker/wire"},
	"bcp/broker/zmq":           {"bcp/broker/wire", "bcp/broker/zmtp", zmq4, "golang.org/x/sys"},
	"bcp/broker/server":        {"bcp/broker", "bcp/broker/answer", "bcp/broker/wire", "bcp/broker/zmq", "bcp/journal"},
	"bcp/broker/admin/catalog": {"bcp/broker/admin/api", "bcp/journal", "bcp/journal/filter", ulid},
	"bcp/broker/admin":         {"bcp/broker/admin/api", "bcp/broker/admin/catalog", "bcp/broker/answer", "bcp/broker/server", "bcp/broker", "bcp/broker/view", "bcp/broker/wire", "bcp/journal", ulid},
	"bcp/broker/admin/api":     {"bcp/broker", "bcp/broker/view", "bcp/broker/wire", "bcp/journal", "bcp/journal/filter", "bcp/journal/place", ulid},
	"bcp/broker/sim":           {"bcp/broker", "bcp/broker/answer", "bcp/broker/view", "bcp/broker/wire", "bcp/journal", "bcp/journal/bolt", "bcp/journal/bolt/power", "bcp/journal/filter", "bcp/journal/place", "bcp/client/session", "bcp/worker/session", ulid},
	"bcp/client":               {"bcp/client/session", "bcp/broker/view", "bcp/broker/wire", "bcp/broker/zmtp", "bcp/journal", ulid},
	"bcp/client/session":       {"bcp/broker/wire", "bcp/journal", ulid},
	"bcp/worker":               {"bcp/worker/session", "bcp/broker/wire", "bcp/broker/zmtp", "bcp/journal", ulid},
	"bcp/worker/lines":         {"bcp/journal", ulid},
	"bcp/worker/session":       {"bcp/broker/wire", "bcp/journal", ulid},
	"bcp/worker/runner":        {"bcp/worker", "bcp/broker/wire", "bcp/journal", "golang.org/x/sys"},
}

const (
	ulid   = "github.com/oklog/ulid/v2"
	blake3 = "github.com/zeebo/blake3"
	xxh3   = "github.com/zeebo/xxh3"
	bbolt  = "go.etcd.io/bbolt"
	zmq4   = "github.com/pebbe/zmq4"
)

// pure packages do no I/O and have no clock, goroutines, or chance of their own.
var (
	pure      = []string{"bcp/journal", "bcp/journal/filter", "bcp/journal/place", "bcp/broker", "bcp/broker/view", "bcp/broker/answer", "bcp/broker/wire", "bcp/client/session", "bcp/worker/session", "bcp/worker/lines"}
	impure    = []string{"os", "net", "net/http", "os/exec", "math/rand", "math/rand/v2", "crypto/rand", "syscall", "log", "log/slog"}
	impureToo = map[string][]string{"bcp/broker": {"sync"}, "bcp/client/session": {"sync"}, "bcp/worker/session": {"sync"}}
)

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,CgoFiles,Standard"}, args...)...)
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(out); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestImports holds every package to the packages that it may import.
func TestImports(t *testing.T) {
	for _, p := range list(t, "./...") {
		if strings.HasPrefix(p.ImportPath, "bcp/cmd/") || strings.HasPrefix(p.ImportPath, "bcp/scripts/") {
			checkProgram(t, p)
			continue
		}
		for _, dep := range p.Imports {
			if foreign(dep) && !covered(allowed[p.ImportPath], dep) {
				t.Errorf("%s imports %s: see its line in this test for what it may import", p.ImportPath, dep)
			}
		}
	}
}

// checkProgram lets programs import all of ours, but no engine or socket of
// others: those have one place each.
func checkProgram(t *testing.T, p listed) {
	for _, dep := range p.Imports {
		if dep == zmq4 || dep == bbolt {
			t.Errorf("%s imports %s, which has one place: not there", p.ImportPath, dep)
		}
	}
}

// TestPure keeps the outside world out of the packages that decide.
func TestPure(t *testing.T) {
	for _, p := range list(t, pure...) {
		for _, dep := range p.Imports {
			if slices.Contains(impure, dep) || slices.Contains(impureToo[p.ImportPath], dep) {
				t.Errorf("%s is pure, but imports %s", p.ImportPath, dep)
			}
		}
	}
}

// TestClock looks for calls of the clock in the pure packages.
func TestClock(t *testing.T) {
	for _, p := range pure {
		dir := "../../" + strings.TrimPrefix(p, "bcp/")
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			src, err := os.ReadFile(path.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{"time.Now", "time.Since", "time.After", "time.Sleep", "time.NewTimer", "\tgo func"} {
				if strings.Contains(string(src), call) {
					t.Errorf("%s/%s is pure, but has %s", dir, e.Name(), strings.TrimSpace(call))
				}
			}
		}
	}
}

// TestPeersBuildWithoutC keeps libzmq, and C, out of all but the broker.
func TestPeersBuildWithoutC(t *testing.T) {
	for _, p := range list(t, "-deps", "./cmd/bcp-ctl", "./cmd/bcp-worker", "./client", "./worker") {
		if p.ImportPath == zmq4 || !p.Standard && len(p.CgoFiles) > 0 {
			t.Errorf("peers depend on %s, which is in C", p.ImportPath)
		}
	}
}

// TestTopLevel holds the top-level folders to the owner's list.
func TestTopLevel(t *testing.T) {
	want := []string{"cmd", "broker", "journal", "worker", "client", "migrations", "scripts", "go.mod", "go.sum", "README.md", "LICENSE"}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && e.Name() != "bin" && !slices.Contains(want, e.Name()) {
			t.Errorf("%s lies at the top level, where only %s may", e.Name(), strings.Join(want, " "))
		}
	}
}

// foreign tells whether a package is neither of the standard library nor "C".
func foreign(dep string) bool {
	first, _, _ := strings.Cut(dep, "/")
	return first == "bcp" || strings.Contains(first, ".")
}

func covered(list []string, dep string) bool {
	for _, a := range list {
		if dep == a || !strings.HasPrefix(a, "bcp/") && strings.HasPrefix(dep, a+"/") {
			return true
		}
	}
	return false
}
