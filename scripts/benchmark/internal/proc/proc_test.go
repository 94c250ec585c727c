package proc_test

import (
	"os"
	"testing"
	"time"

	"bcp/scripts/benchmark/internal/proc"
)

// TestProcessorTime compares what /proc says of this process with what the
// kernel says when asked.
func TestProcessorTime(t *testing.T) {
	for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
	}
	before, err := proc.Own()
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := proc.Stat(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	after, err := proc.Own()
	if err != nil {
		t.Fatal(err)
	}
	if got == 0 || got < before-5*proc.Tick || got > after+5*proc.Tick {
		t.Errorf("/proc says %v, the kernel %v before and %v after", got, before, after)
	}
}
