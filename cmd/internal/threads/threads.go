// Package threads has a process make the threads that it will need, when it starts.
package threads

import (
	"runtime"
	"sync"
)

// spare is how many threads there are beside those that run and those that wait: for the
// runtime's own work, and for files.
const spare = 8

// most bounds them: who needs more gets them as it needs them.
const most = 128

// Reserve has the process make a thread for each processor, for so many calls that wait at a
// time, and some more. Go ends a program that can't get another one, with all that it is
// doing; and it can't when others have used up what processes the user may have.
func Reserve(waiting int) {
	n := min(runtime.GOMAXPROCS(0)+waiting+spare, most)
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
