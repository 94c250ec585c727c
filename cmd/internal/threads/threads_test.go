package threads

import (
	"os"
	"sync"
	"syscall"
	"testing"
)

// threads counts those of this process.
func threads(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// A thread for each call that waits is there from the start.
func TestWaitingNeedsNoMoreThreads(t *testing.T) {
	const calls = 40
	Reserve(calls)
	before := threads(t)
	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(pipe[0]) }()
	var begun, over sync.WaitGroup
	begun.Add(calls)
	for range calls {
		over.Go(func() {
			begun.Done()
			_, _ = syscall.Read(pipe[0], make([]byte, 1)) // a call that takes a thread for as long as it waits
		})
	}
	begun.Wait()
	if after := threads(t); after > before {
		t.Errorf("%d threads, and %d when %d calls wait", before, after, calls)
	}
	_ = syscall.Close(pipe[1])
	over.Wait()
}
