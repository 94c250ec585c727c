package storetest

import (
	"testing"

	"bcp/journal"
)

// Harness is a store under test, and what the suite does to it from outside.
type Harness struct {
	Store journal.Store

	// Reopen closes the store and opens its journal again.
	Reopen func() journal.Store
	// FailNext makes the next Commit of the store fail.
	FailNext func()
	// TakeOver begins a new epoch behind the store's back, as another broker does.
	TakeOver func()
	// Blobs returns how many payloads there are that were written apart, once those
	// are removed that nothing refers to any more.
	Blobs func() int
}

// reopen goes on with the store as it is opened again.
func (h *Harness) reopen() journal.Store {
	h.Store = h.Reopen()
	return h.Store
}

// Opener makes a harness of a new, empty journal. It cleans up with t.Cleanup,
// and fails the test if the journal is damaged by then.
type Opener func(t *testing.T) *Harness

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, *Harness)
	}{
		{"empty", testEmpty},
		{"lifecycle", testLifecycle},
		{"requeue", testRequeue},
		{"one batch", testOneBatch},
		{"empty batch", testEmptyBatch},
		{"order of live tasks", testLiveOrder},
		{"live stops at an error", testLiveStops},
		{"commit while live", testCommitWhileLive},
		{"payloads", testPayloads},
		{"payloads are copies", testPayloadsAreCopies},
		{"large payloads", testLargePayloads},
		{"kept bodies", testKeptBodies},
		{"staged payloads", testStaged},
		{"staged payloads that are read piece by piece", testStagedIsRead},
		{"staged payloads that are not used", testStagedUnused},
		{"staged payloads that are forgotten", testStagedForgotten},
		{"staged payloads in a failed commit", testStagedFailed},
		{"checkpoints", testCheckpoints},
		{"keys", testKeys},
		{"unused keys", testUnused},
		{"settings", testSettings},
		{"scan", testScan},
		{"scan stops at an error", testScanStops},
		{"reopen", testReopen},
		{"prune by age", testPruneByAge},
		{"prune after reopening", testPruneReopened},
		{"prune by number", testPruneByNumber},
		{"prune in steps", testPruneSteps},
		{"prune behind a long task", testPruneLongTask},
		{"prune keys", testPruneKeys},
		{"prune by what is asked", testPruneAsked},
		{"prune by number what is asked", testPruneAskedByNumber},
		{"prune members with their whole", testPruneMembers},
		{"tombstones", testTombstones},
		{"tombstones by number", testTombstonesByNumber},
		{"tombstone of a key that is used again", testTombstoneOfUsedKey},
		{"key of a task that is forgotten out of turn", testKeyOutOfTurn},
		{"tally of a group", testTally},
		{"IDs of a group", testGroupIDs},
		{"member that is forgotten", testFindForgotten},
		{"member ahead that is forgotten", testFindForgottenAhead},
		{"member that starts", testFindStarting},
		{"broadcast", testBroadcast},
		{"prune in a commit", testPruneInCommit},
		{"prune in a commit that fails", testPruneInFailedCommit},
		{"failed commit", testFailedCommit},
		{"impossible batch", testImpossibleBatch},
		{"twice submitted", testTwiceSubmitted},
		{"fencing", testFencing},
		{"readers", testReaders},
		{"readers see what is committed", testSeen},
		{"random lives", testRandomLives},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}
