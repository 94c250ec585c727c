package bolt

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"bcp/journal"
)

// crashEnv makes the test binary the child of TestKill: it names the journal.
const crashEnv = "BCP_TEST_CRASH_JOURNAL"

// lateEnv has tasks end late in the journal of that child, and be folded soon.
const lateEnv = "BCP_TEST_CRASH_LATE"

// logEnv has that journal have a log, which is settled after so many records.
const logEnv = "BCP_TEST_CRASH_LOG"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		fmt.Fprintln(os.Stderr, commitForEver(path))
		os.Exit(1)
	}
	if path := os.Getenv(blobEnv); path != "" {
		fmt.Fprintln(os.Stderr, stageForEver(path, os.Getenv(blobEnv+"_STEP")))
		os.Exit(1)
	}
	if path := os.Getenv(compactEnv); path != "" {
		if err := compactOnce(path, os.Getenv(compactEnv+"_STEP")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if path := os.Getenv(migrateEnv); path != "" {
		migrateAndDie(path)
	}
	os.Exit(m.Run())
}

// tasksPerBatch is how many tasks each batch of the child submits. It ends as
// many of the batch before, but for the first.
const tasksPerBatch = 4

// crashBatch returns the records of the n-th batch, counted from 1.
func crashBatch(n int) []journal.Record {
	var batch []journal.Record
	for i := range tasksPerBatch {
		life := benchLife(n*tasksPerBatch + i)
		life[0].Payload = crashBody(n)
		life[0].Spec.Key = fmt.Sprint("key", n, ".", i)
		batch = append(batch, life[:2]...)
		if before := benchLife((n-1)*tasksPerBatch + i); n > 1 && i > 0 {
			batch = append(batch, before[3])
		}
	}
	return append(batch, crashCheckpoint(n), crashSetting(n))
}

// crashCheckpoint is one of the first batch's first task, which never ends.
func crashCheckpoint(n int) journal.Record {
	return journal.Record{
		Task: benchID(tasksPerBatch), Kind: journal.KindCheckpoint, Attempt: 1, Seq: uint32(n), Time: int64(n),
		Payload: append([]byte{byte(n)}, crashBody(n)...),
	}
}

// crashSetting counts the batches in a setting, too.
func crashSetting(n int) journal.Record {
	return journal.Record{Kind: journal.KindSetting, By: "child", Time: int64(n), Setting: &journal.Setting{Name: "batch", Value: strconv.Itoa(n)}}
}

// crashBody has another size for each batch, from none to several pages.
func crashBody(n int) []byte { return bytes.Repeat([]byte{byte(n)}, n%7*3000) }

// commitForEver commits batch after batch and writes the number of each to
// standard output when its commit has returned.
func commitForEver(path string) error {
	options := plain
	if os.Getenv(lateEnv) != "" {
		options = lateOptions(soonFold)
	}
	if step, err := strconv.Atoi(os.Getenv(logEnv)); err == nil {
		options.Log, options.LogStep = 256<<10, step
	}
	s, err := options.open(path)
	if err != nil {
		return err
	}
	last := s.Meta().Last
	for n := int(binary.BigEndian.Uint64(last[8:]))/tasksPerBatch + 1; ; n++ {
		if err := s.Commit(crashBatch(n)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// TestKill kills a process in the middle of its commits, again and again on one
// journal. Each time, every batch that it has acknowledged is there, and the one
// after it is there as a whole or not at all.
func TestKill(t *testing.T) { testKill(t) }

// TestKillLate does the same where tasks end late, and are folded in every commit.
func TestKillLate(t *testing.T) { testKill(t, lateEnv+"=1") }

// TestKillLog does the same where most commits go to a log, whose last ones the next opening
// brings into the tables.
func TestKillLog(t *testing.T) {
	for _, step := range []string{"0", "40", "100000"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			testKill(t, logEnv+"="+step)
		})
	}
}

func testKill(t *testing.T, env ...string) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	acknowledged := 0
	for _, lines := range []int{1, 2, 5, 17, 40, 3, 25} {
		acknowledged = runAndKill(t, path, lines, env...)
		s := mustOpen(t, plain, path)
		checkBatches(t, s, acknowledged)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		checkFile(t, path)
		checkWhole(t, path)
	}
	if acknowledged < 90 {
		t.Errorf("only %d batches were acknowledged in all", acknowledged)
	}
}

// runAndKill returns the last batch that the child acknowledged; it is killed
// after so many.
func runAndKill(t *testing.T, path string, lines int, env ...string) (last int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(append(os.Environ(), crashEnv+"="+path), env...)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(out)
	for seen := 0; scanner.Scan(); {
		if last, err = strconv.Atoi(scanner.Text()); err != nil {
			t.Error(err)
		}
		if seen++; seen == lines {
			child.Process.Kill() // what it has still written is read on
		}
	}
	if err := child.Wait(); err == nil || child.ProcessState.Exited() {
		t.Fatalf("the child was not killed but ended: %v", err)
	}
	return last
}

// checkBatches looks for the batches up to the last that was acknowledged, and
// for the one that may have been under way.
func checkBatches(t *testing.T, s *Store, acknowledged int) {
	t.Helper()
	last := s.Meta().Last
	got := int(binary.BigEndian.Uint64(last[8:])) / tasksPerBatch
	if got != acknowledged && got != acknowledged+1 {
		t.Fatalf("the journal ends with batch %d, %d were acknowledged", got, acknowledged)
	}
	ended := uint64(0)
	for n := 1; n <= got; n++ {
		for i := range tasksPerBatch {
			want := journal.Dispatched
			if n < got && i > 0 {
				want = journal.Done
				ended++
			}
			checkTask(t, s, n, i, want)
		}
	}
	if meta := s.Meta(); meta.Ended != ended {
		t.Errorf("meta counts %d ended tasks, want %d", meta.Ended, ended)
	}
	checkCheckpoint(t, s, got)
	err := s.Settings(func(r journal.Record) error {
		if want := crashSetting(got); !reflect.DeepEqual(r, want) {
			t.Errorf("setting after batch %d: %+v, %+v", got, r, *r.Setting)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// checkCheckpoint looks for the checkpoint that was saved last, whole.
func checkCheckpoint(t *testing.T, s *Store, batch int) {
	t.Helper()
	want := crashCheckpoint(batch)
	state, err := s.Checkpoint(want.Task)
	if err != nil || !bytes.Equal(state, want.Payload) {
		t.Errorf("checkpoint after batch %d: %d bytes, %v; want %d", batch, len(state), err, len(want.Payload))
	}
	if e, err := s.Get(want.Task); err != nil || e.Task.Checkpoint == nil || e.Task.Checkpoint.Seq != want.Seq {
		t.Errorf("checkpoint after batch %d: %+v, %v", batch, e.Checkpoint, err)
	}
}

func checkTask(t *testing.T, s *Store, n, i int, want journal.State) {
	t.Helper()
	id := benchID(n*tasksPerBatch + i)
	e, err := s.Get(id)
	if err != nil || e.Task.State != want {
		t.Errorf("batch %d, task %d: %v, %v; want %s", n, i, e.Task.State, err, want)
		return
	}
	if found, ok, err := s.ByKey(e.Task.Spec.Key); found != id || !ok || err != nil {
		t.Errorf("batch %d, task %d, by key: %v, %v, %v", n, i, found, ok, err)
	}
	if want.Ended() {
		_, err = s.Result(id)
	} else {
		var body []byte
		if body, err = s.Body(id); !bytes.Equal(body, crashBody(n)) {
			t.Errorf("batch %d, task %d: body of %d bytes", n, i, len(body))
		}
	}
	if err != nil {
		t.Errorf("batch %d, task %d: %v", n, i, err)
	}
}
