package main

import (
	"runtime"
	"sync"
)

// spareThreads is how many threads the process has ready beside one for each slot: for
// the runtime's own work, and for files.
const spareThreads = 8

// threadsMax bounds them: a worker with more slots gets more as it needs them.
const threadsMax = 128

// reserveThreads has the process make the threads that it will need. Go ends a program that
// can't get another one, with all commands that it runs; and it can't when one of those
// has used up what processes the user may have.
func reserveThreads(slots int) {
	n := min(slots+spareThreads, threadsMax)
	var there, done sync.WaitGroup
	there.Add(n)
	for range n {
		done.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread() // the thread stays, for anybody's use
			there.Done()
			there.Wait()
		})
	}
	done.Wait()
}
