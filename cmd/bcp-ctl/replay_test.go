package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"bcp/broker"
	"bcp/journal"
)

// The plan of a journal's next start is about all its tasks, however many there are.
func TestReplayOfManyInAFile(t *testing.T) {
	const tasks = 2*broker.ReplayPortion + 1
	var records []journal.Record
	for n := range tasks {
		records = append(records, life(fmt.Sprintf("%06d", n), journal.Target{Kind: journal.ToWorker, Name: "w1"})...)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	writeJournal(t, path, records)
	g, o := &globals{db: path, output: "name"}, &replayOptions{dryRun: true, onLoss: "requeue"}
	var named strings.Builder
	if err := runReplay(t.Context(), g, o, nil, stdio{out: &named, words: io.Discard}); err != nil || strings.Count(named.String(), "\n") != tasks {
		t.Errorf("%d of %d tasks, %v", strings.Count(named.String(), "\n"), tasks, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := runReplay(ctx, g, o, nil, stdio{out: io.Discard, words: io.Discard}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
