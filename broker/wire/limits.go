package wire

import "bcp/journal"

// Limits of what a peer may say, in bytes or in numbers of things. A refusal names the limit.
const (
	MaxName      = journal.MaxName      // names of workers, services, sessions
	MaxKey       = 512                  // a client's key, which is a key of the journal's index
	MaxText      = 8 << 10              // error texts and reasons; Encode cuts longer ones
	MaxArgv      = 1024                 // arguments of a task's own command
	MaxArgvBytes = 128 << 10            // all of them together: what Linux takes for one string
	MaxServices  = 256                  // services of one worker
	MaxSlots     = 4096                 // attempts at one worker at a time: its inventory is in every beat
	MaxInventory = 2 * MaxSlots         // attempts that run, and ended ones that are not acknowledged
	MaxWait      = 1024                 // tasks in one Wait
	MaxPairs     = 16                   // name=value in one Progress, each of at most MaxName bytes
	MaxLimits    = 10_000               // limits that the broker has: it keeps them in memory
	MaxLimitPage = 256                  // limits in one answer: with their texts some 256 KiB
	MaxRunning   = journal.LimitKeyMax  // attempts that a limit may allow
	MaxBurst     = 1_000_000            // dispatches at once: a second of the highest rate
	MaxFrames    = 256                  // frames of one message, without the routing id: BEAT sends one for each error it found
	MaxBatch     = 10_000               // tasks of one SubmitBatch: the loop takes them in without a pause, about 100 ms
	MaxBatchHead = 8 << 20              // all that a batch asks for, without the bodies: most heads are small
	MaxJobID     = 250                  // a BCP/1 client's job id: with a worker's name it makes a key
	MaxTimeoutMS = journal.MaxTimeoutMS // of every duration that is asked for
	MaxBody      = 64 << 20             // default limit of a body or result
)

// PageSize returns how many items a page has at most if the request asks for limit items: 0,
// and any number above most, mean most.
func PageSize(limit uint16, most int) int {
	if limit == 0 {
		return most
	}
	return min(int(limit), most)
}
