package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bcp/scripts/internal/process"
)

// toolCalls are the system calls at which the tool is killed.
var toolCalls = []string{"pwrite64", "write", "fdatasync", "fsync", "ftruncate", "openat", "linkat", "renameat", "unlinkat", "mkdirat", "close"}

// toolCallMax is up to which of its calls the tool is let come, of each thread.
const toolCallMax = 40

// offline returns how a tool works on the journal of the round.
func (f *filing) offline(verb string) func(args ...string) error {
	return func(args ...string) error { return f.on(f.db(), verb, args...) }
}

// on calls a tool on a journal that no broker has.
func (f *filing) on(path, verb string, args ...string) error {
	return f.run(nil, append([]string{"--db", path, "journal", verb}, args...)...)
}

// spared finds that a tool has failed which nobody killed.
func (f *filing) spared(verb string, err error) {
	if err != nil {
		f.find("%s without a broker: %v, see ctl-%d.log", verb, err, f.count)
	}
}

// struck calls a tool on a journal and kills it, at one of its system calls or at any
// moment. It tells whether the tool has done all that it was to do.
func (f *filing) struck(path, verb string, args ...string) (done bool) {
	err := f.strike(append([]string{"--db", path, "journal", verb}, args...))
	switch {
	case err == nil:
	case code(err) == killed:
		f.fault()
	default:
		f.find("%s without a broker, and nobody killed it: %v, see ctl-%d.log", verb, err, f.count)
	}
	return err == nil
}

func (f *filing) strike(args []string) error {
	if !f.steps || f.rand.IntN(4) == 0 {
		return f.begin(nil, args, func(p *process.Process) {
			time.Sleep(f.upTo(toolTime))
			p.Kill()
		})
	}
	i := injection{call: toolCalls[f.rand.IntN(len(toolCalls))], effect: "signal=KILL"}
	return f.run(i.at(1+f.rand.IntN(toolCallMax), os.DevNull), args...)
}

// atRest kills a tool that works on a journal at rest: what has a journal's name
// afterwards is a whole one, and the tool once more does what is left.
func (f *filing) atRest(ctx context.Context) {
	switch f.rand.IntN(4) {
	case 0:
		f.struck(f.db(), "compact")
		f.holdsAll(ctx, f.db())
	case 1:
		last := len(f.taken)
		_ = f.backup(func(args ...string) error {
			if !f.struck(f.db(), "backup", args...) {
				return errStruck
			}
			return nil
		})
		for _, t := range f.taken[last:] {
			f.holdsAll(ctx, t.path)
			f.discard(t.path)
		}
	case 2:
		f.restore(ctx)
	case 3:
		f.carry(ctx)
	}
}

// strikes is how often a tool is killed before it may do all of something.
const strikes = 3

// restore restores the whole backup to a new name, and then over that.
func (f *filing) restore(ctx context.Context) {
	whole, to := f.whole, f.fresh("restored")
	defer f.discard(to)
	for range strikes {
		if f.struck(to, "restore", whole); there(to) {
			break
		}
	}
	if there(to) {
		f.holdsAll(ctx, to)
	} else {
		f.spared("restore", f.on(to, "restore", whole))
	}
	for range 2 {
		f.struck(to, "restore", "--force", whole)
		f.holdsAll(ctx, to)
	}
	f.spared("restore", f.on(to, "restore", "--force", whole))
	f.holdsAll(ctx, to)
}

// carry exports the journal, and imports that under a new name.
func (f *filing) carry(ctx context.Context) {
	out := f.fresh("export")
	defer f.discard(out)
	f.spared("export", f.export(out))
	to := f.fresh("imported")
	defer f.discard(to)
	for range strikes {
		if f.struck(to, "import", out) {
			break
		}
		if there(to) {
			f.holdsAll(ctx, to)
		}
	}
	f.spared("import", f.on(to, "import", out))
	f.holdsAll(ctx, to)
	f.half(out)
}

// export writes an export of the journal.
func (f *filing) export(to string) error {
	return f.run([]string{"sh", "-c", `out=$1; shift; exec "$@" >"$out"`, "sh", to}, "--db", f.db(), "journal", "export")
}

// half imports an export that was cut off anywhere: nothing comes of it.
func (f *filing) half(export string) {
	text, err := os.ReadFile(export)
	if err != nil || len(text) == 0 {
		f.find("export %s: %v", export, err)
		return
	}
	cut, to := f.fresh("cut"), f.fresh("half")
	defer f.discard(cut)
	if err := os.WriteFile(cut, text[:f.rand.IntN(len(text))], 0o600); err != nil {
		f.find("%v", err)
		return
	}
	if err := f.on(to, "import", cut); err == nil || there(to) {
		f.find("half an export is imported: %v, and %s is there: %v", err, to, there(to))
	}
}

// discard removes a journal and what is beside it, unless something was found. A round
// makes many of them.
func (f *filing) discard(path string) {
	beside, _ := filepath.Glob(path + ".*")
	for _, name := range append(beside, path) {
		if len(f.tally.findings) == 0 {
			_ = os.RemoveAll(name)
		}
	}
}

// fresh returns a name that nothing has.
func (f *filing) fresh(what string) string {
	f.count++
	return filepath.Join(f.dir, fmt.Sprintf("%s-%d", what, f.count))
}
