package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"bcp/client"
	"bcp/journal"
	"bcp/scripts/internal/process"
)

// filing is a round in which whole journals are copied, made small and put in place,
// while somebody is killed.
type filing struct {
	*rig
	ledger *ledger
	steps  bool // the tool can be killed at one of its system calls
	count  int  // tools that were called
	taken  []taken
	whole  string // the backup of the journal in the end
}

// taken is a backup, and what was acknowledged and told before it began.
type taken struct {
	path     string
	accepted map[string]journal.ID
	told     map[string]client.Result
}

// How often a round calls a tool while the broker works, and on the journal afterwards.
const (
	filesOnline      = 6
	filesOnlineLong  = 15
	filesOffline     = 4
	filesOfflineLong = 12
)

// filesRound calls the tools that work on whole journals while a broker works, and kills
// the tool or the broker in the middle of it; then the same without a broker, up to a
// system call of the tool.
func filesRound(ctx context.Context, r *rig) error {
	f := &filing{rig: r, ledger: newLedger(r), steps: needStrace() == ""}
	limited, cancel := r.bounded(ctx)
	defer cancel()
	r.supervise(ctx)
	f.ledger.runWhile(limited, func() {
		for range r.size(filesOnline, filesOnlineLong) {
			f.online(limited)
		}
	})
	r.stop()
	if ctx.Err() != nil {
		return nil
	}
	f.ledger.check()
	f.spared("backup", f.backup(f.offline("backup")))
	if len(f.tally.findings) > 0 {
		return nil
	}
	f.whole = f.taken[len(f.taken)-1].path
	f.checkTaken(ctx)
	for left := r.size(filesOffline, filesOfflineLong); left > 0 && ctx.Err() == nil; left-- {
		f.atRest(ctx)
	}
	return nil
}

// online has the broker do something with its journal, and kills it or the tool in the
// middle of that, or nobody.
func (f *filing) online(ctx context.Context) {
	f.ledger.awaitAccepted(ctx, 1+f.rand.IntN(powerTasks))
	verb := []string{"backup", "backup", "compact", "export"}[f.rand.IntN(4)]
	if verb == "backup" {
		f.backup(f.whileBroker(verb))
		return
	}
	f.whileBroker(verb)()
}

// whileBroker returns how a tool asks the broker, and somebody is killed.
func (f *filing) whileBroker(verb string) func(args ...string) error {
	return func(args ...string) error {
		args = append([]string{"--admin", "unix:" + filepath.Join(f.dir, "admin"), "journal", verb}, args...)
		switch f.rand.IntN(4) {
		case 0:
			return f.begin(nil, args, func(p *process.Process) { f.killLater(p) })
		case 1:
			return f.begin(nil, args, func(*process.Process) { f.killLater(f.current()) })
		}
		err := f.run(nil, args...)
		for late := time.Now().Add(compactEnds); err != nil && f.said("a compaction is under way") && time.Now().Before(late); {
			time.Sleep(10 * time.Millisecond) // it was asked for by a tool that was killed
			err = f.run(nil, args...)
		}
		if err != nil && code(err) != noBroker {
			f.find("%s beside the broker: %v, see ctl-%d.log", verb, err, f.count)
		}
		return err
	}
}

// said tells whether the last tool that was called said so.
func (f *filing) said(words string) bool {
	text, _ := os.ReadFile(f.log())
	return strings.Contains(string(text), words)
}

// log is what the last tool that was called says.
func (f *filing) log() string { return filepath.Join(f.dir, fmt.Sprintf("ctl-%d.log", f.count)) }

// killLater kills somebody within the time that a tool needs.
func (f *filing) killLater(p *process.Process) {
	time.Sleep(f.upTo(toolTime))
	f.fault()
	p.Kill()
}

const (
	// toolTime is about how long a tool needs for the journal of a round.
	toolTime = 150 * time.Millisecond
	// compactEnds is more than a broker needs to end a compaction whose tool is gone.
	compactEnds = 10 * time.Second
	// noBroker is the tool's exit code for that nobody answers.
	noBroker = 6
	// killed stands for the exit code of a program that a signal has ended.
	killed = -1
)

// code returns the exit code of a program.
func code(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

// backup takes a backup to a new name. If there is a file of the name afterwards, it has
// to hold what was known before.
func (f *filing) backup(call func(args ...string) error) error {
	f.ledger.mu.Lock()
	t := taken{filepath.Join(f.dir, fmt.Sprintf("backup-%d.db", f.count)), maps.Clone(f.ledger.accepted), maps.Clone(f.ledger.told)}
	f.ledger.mu.Unlock()
	err := call(t.path)
	if there(t.path) {
		f.taken = append(f.taken, t)
	} else if err == nil {
		f.find("%s: the tool said that it is there", t.path)
	}
	return err
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// run calls the tool under another program, if that is not nil, and waits until it ends.
func (f *filing) run(under []string, args ...string) error {
	return f.begin(under, args, func(*process.Process) {})
}

// begin is run with something that is done meanwhile. What the tool says is in a log of
// its own.
func (f *filing) begin(under, args []string, meanwhile func(*process.Process)) error {
	f.count++
	argv := append(append(under, filepath.Join(f.bin, "bcp-ctl")), args...)
	p, err := process.Start(exec.Command(argv[0], argv[1:]...), f.log())
	if err != nil {
		return err
	}
	meanwhile(p)
	return p.Err()
}
