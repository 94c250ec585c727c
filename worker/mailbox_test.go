package worker

import (
	"fmt"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// What nobody waits for takes the place of what was said before, but not of what somebody
// has said and waits for meanwhile: the latest counts.
func TestMailboxKeepsTheOrder(t *testing.T) {
	m := newMailbox()
	task := &Task{ID: journal.ID{1}, Attempt: 1, mailbox: m}
	say := func(n int, waits bool) {
		state := []byte(fmt.Sprint(n))
		run := &wire.Extend{Option: uint8(RunTimeout), LeftMS: int64(n)}
		life := &wire.Extend{Option: uint8(LifeTimeout), LeftMS: int64(n)}
		if waits {
			m.putAwaited(word{task: task, kind: wordSave, state: state, wait: new(waiting)})
			m.putAwaited(word{task: task, kind: wordExtend, extend: run, wait: new(waiting)})
			return
		}
		m.putSoon(word{task: task, kind: wordSave, state: state})
		m.putSoon(word{task: task, kind: wordExtend, extend: run})
		m.putSoon(word{task: task, kind: wordExtend, extend: life})
	}
	for range 2 {
		for n := 1; n <= 5; n++ {
			say(n, n == 3)
		}
		var states, runs, lives []string
		for _, w := range m.take(nil) {
			switch {
			case w.extend == nil:
				states = append(states, string(w.state))
			case w.extend.Option == uint8(RunTimeout):
				runs = append(runs, fmt.Sprint(w.extend.LeftMS))
			default:
				lives = append(lives, fmt.Sprint(w.extend.LeftMS))
			}
		}
		if got := fmt.Sprint(states, runs, lives); got != "[2 3 5] [2 3 5] [5]" {
			t.Errorf("states, run and life time-outs %v", got)
		}
	}
}
