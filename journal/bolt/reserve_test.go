package bolt

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bcp/journal"
)

// tailOf returns how many bytes are allocated behind the highest page.
func tailOf(t *testing.T, s *Store) int64 {
	t.Helper()
	d, err := s.lookAtDisk()
	if err != nil {
		t.Fatal(err)
	}
	used, _, err := s.Pages()
	if err != nil {
		t.Fatal(err)
	}
	return d.allocated - used
}

func roomOf(t *testing.T, s *Store) journal.Room {
	t.Helper()
	r, err := s.Room()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// submitted is a task with a body of so many bytes.
func submitted(n byte, bytes int) journal.Record {
	return journal.Record{
		Task: journal.ID{n}, Kind: journal.KindSubmit, Time: 1, Payload: make([]byte, bytes),
		Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "s"}, Tries: 1},
	}
}

// Room is set aside at the end of the file, also when the file has grown, and what
// is freed within it is room.
func TestReserve(t *testing.T) {
	const reserve = 1 << 20
	path := filepath.Join(t.TempDir(), "journal")
	s, err := Open(path, Options{Reserve: reserve})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range byte(50) {
		if err := s.Commit([]journal.Record{submitted(n+1, 100<<10)}); err != nil {
			t.Fatal(err)
		}
		if r := roomOf(t, s); r.Reserve != reserve || r.Free < r.Whole || r.Whole < reserve {
			t.Errorf("room %+v", r)
		}
		if tail := tailOf(t, s); tail < reserve-reserve/topUpParts {
			t.Errorf("after %d tasks %d bytes are set aside", n+1, tail)
		}
	}
	scattered := func() int64 { r := roomOf(t, s); return r.Free - r.Whole }
	before := scattered()
	for n := range byte(50) {
		end := journal.Record{Task: journal.ID{n + 1}, Kind: journal.KindEnd, Time: 2, State: journal.Done, Reason: journal.ReasonFinished}
		if err := s.Commit([]journal.Record{end}); err != nil {
			t.Fatal(err)
		}
	}
	if freed := scattered() - before; freed < 50*100<<10 {
		t.Errorf("%d bytes were freed", freed)
	}
}

// A store without a reserve sets nothing aside and says nothing.
func TestNoReserve(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "journal"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if r := roomOf(t, s); r.Watched() {
		t.Errorf("room %+v", r)
	}
}

// A reserve is at most a quarter of the disk.
func TestReserveOfSmallDisk(t *testing.T) {
	for asked, want := range map[int64]int64{1 << 20: 1 << 20, 2 << 20: 2 << 20, 64 << 20: 2 << 20} {
		if got := (disk{size: 8 << 20}).reserve(asked); got != want {
			t.Errorf("of 8 MiB, %d bytes are set aside when %d are asked for", got, asked)
		}
	}
}

// quotaEnv has TestReserveWithinAQuota be the child whose files may not be long.
const quotaEnv = "BCP_TEST_QUOTA"

// What a quota, or the longest file that a process may write, keeps from the journal is no
// room, however much is free on the disk: commits go on in what is set aside. An opening that
// doesn't fit names the limit, and is in no later one's way. The limit is for a process of its
// own, for it holds for all files.
func TestReserveWithinAQuota(t *testing.T) {
	if os.Getenv(quotaEnv) != "" {
		testWithinAQuota(t)
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestReserveWithinAQuota$")
	child.Env = append(os.Environ(), quotaEnv+"=1")
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func testWithinAQuota(t *testing.T) {
	const reserve, longest = 1 << 20, 3 << 20
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	limit := func(bytes uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: was.Max}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "journal")
	for bytes, says := range map[uint64]string{4 << 10: "4.0 KiB", 16 << 20: "16.0 MiB"} {
		limit(bytes)
		_, err := Open(path, Options{Reserve: reserve, Log: 1 << 20})
		if want := "journal " + path + ": file too large: this process may write files of " + says + " at most (ulimit -f)"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %s", err, want)
		}
	}
	limit(was.Cur)
	s, err := Open(path, Options{Reserve: reserve})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	limit(longest)
	n := byte(1)
	for ; roomOf(t, s).Free >= reserve; n++ {
		if err := s.Commit([]journal.Record{submitted(n, 100<<10)}); err != nil {
			t.Fatalf("task %d, before which there was room: %v", n, err)
		}
	}
	if err := s.Commit([]journal.Record{submitted(n, 100<<10)}); err != nil {
		t.Errorf("in the reserve: %v", err)
	}
	limit(was.Cur)
	if r := roomOf(t, s); r.Free < reserve {
		t.Errorf("room %+v: want that it is there again", r)
	}
}
