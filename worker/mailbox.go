package worker

import (
	"sync"

	"bcp/broker/wire"
)

// wordKind says what a word tells.
type wordKind uint8

const (
	wordStarted wordKind = iota
	wordProgress
	wordSave   // a state
	wordExtend // a time-out
	wordEnded
)

// word is what a handler's goroutine tells the loop.
type word struct {
	task    *Task
	kind    wordKind
	verdict wire.Verdict // wordEnded
	text    string
	class   string // wordEnded
	result  []byte

	progress *wire.Progress // wordProgress
	state    []byte         // wordSave
	extend   *wire.Extend   // wordExtend
	wait     *waiting       // who waits for the answer to these two, nil for nobody
}

// mailbox takes words from handlers without ever making them wait, and gives
// them to the loop in order, all at once. It is bounded by the slots: an
// attempt has one word of each kind in it, but for handlers that confirm their
// start again and again, or wait in many goroutines at a time.
type mailbox struct {
	filled chan struct{} // ready when there may be words
	closed chan struct{} // closed when the loop has ended, and takes no more

	mu       sync.Mutex
	words    []word
	attended bool // the loop is about to take the words
}

func newMailbox() *mailbox {
	return &mailbox{filled: make(chan struct{}, 1), closed: make(chan struct{})}
}

func (m *mailbox) put(w word) {
	m.mu.Lock()
	m.words = append(m.words, w)
	m.release()
}

// putProgress changes what a task says of itself, and replaces what the loop has
// not taken yet.
func (m *mailbox) putProgress(t *Task, change func(*progress)) {
	m.mu.Lock()
	said := t.saying()
	change(&said.progress)
	if !said.untold {
		said.untold = true
		m.words = append(m.words, word{task: t, kind: wordProgress})
	}
	m.release()
}

// putSoon puts a word that nobody waits for, in the place of one about the same that the
// loop has not taken yet.
func (m *mailbox) putSoon(w word) {
	m.mu.Lock()
	said := w.task.saying()
	if at, before := said.soon[w.subject()]; before {
		m.words[at] = w
	} else {
		if said.soon == nil {
			said.soon = make(map[subject]int)
		}
		said.soon[w.subject()] = len(m.words)
		m.words = append(m.words, w)
	}
	m.release()
}

// putAwaited puts a word that somebody waits for. What is said of the same later comes
// behind it, and not in the place of what was said before.
func (m *mailbox) putAwaited(w word) {
	m.mu.Lock()
	if said := w.task.said; said != nil {
		delete(said.soon, w.subject())
	}
	m.words = append(m.words, w)
	m.release()
}

// release unlocks the mailbox after a word, and wakes the loop unless it comes by itself.
func (m *mailbox) release() {
	attended := m.attended
	m.mu.Unlock()
	if !attended {
		m.signal()
	}
}

// attend tells that the loop takes the words soon, and need not be told of them.
func (m *mailbox) attend() {
	m.mu.Lock()
	m.attended = true
	m.mu.Unlock()
}

func (m *mailbox) signal() {
	select {
	case m.filled <- struct{}{}:
	default:
	}
}

// take returns the words and keeps the memory of those taken before, which are cleared.
func (m *mailbox) take(spare []word) []word {
	m.mu.Lock()
	defer m.mu.Unlock()
	words := m.words
	m.words, m.attended = spare[:0], false
	for i := range words {
		switch w, said := &words[i], words[i].task.said; w.kind {
		case wordProgress:
			w.progress, said.untold = w.task.progressMessage(), false
		case wordSave, wordExtend:
			if w.wait == nil {
				clear(said.soon)
			}
		}
	}
	return words
}
