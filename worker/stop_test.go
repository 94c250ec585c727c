package worker

import (
	"testing"
	"time"
)

// A later stop may shorten the grace, and doesn't make it longer.
func TestGraceIsNotMadeLonger(t *testing.T) {
	for _, graces := range [][]time.Duration{{time.Millisecond, time.Hour}, {time.Hour, time.Millisecond}, {time.Hour, 0}, {0, time.Hour}} {
		task := &Task{mailbox: newMailbox(), cancel: func(error) {}}
		for _, grace := range graces {
			task.stop(grace)
		}
		select {
		case <-task.Overdue():
		case <-time.After(30 * time.Second):
			t.Errorf("stopped with %v: not overdue", graces)
		}
		task.release()
	}
}
