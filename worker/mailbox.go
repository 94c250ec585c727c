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
	wordSave     // a state that somebody waits for
	wordSaveSoon // one that nobody waits for
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
	save     *saving        // wordSave
	state    []byte         // wordSaveSoon
}

// mailbox takes words from handlers without ever making them wait, and gives
// them to the loop in order, all at once. It is bounded by the slots: an
// attempt has one word of each kind in it, but for handlers that confirm their
// start again and again, or save states in many goroutines at a time.
type mailbox struct {
	filled chan struct{} // ready when there may be words
	closed chan struct{} // closed when the loop has ended, and takes no more

	mu    sync.Mutex
	words []word
}

func newMailbox() *mailbox {
	return &mailbox{filled: make(chan struct{}, 1), closed: make(chan struct{})}
}

func (m *mailbox) put(w word) {
	m.mu.Lock()
	m.words = append(m.words, w)
	m.mu.Unlock()
	m.signal()
}

// putProgress changes what a task says of itself, and replaces what the loop has
// not taken yet.
func (m *mailbox) putProgress(t *Task, change func(*progress)) {
	m.mu.Lock()
	change(&t.said)
	if !t.untold {
		t.untold = true
		m.words = append(m.words, word{task: t, kind: wordProgress})
	}
	m.mu.Unlock()
	m.signal()
}

// putState replaces a state that the loop has not taken yet. It is not nil.
func (m *mailbox) putState(t *Task, state []byte) {
	m.mu.Lock()
	if t.soon == nil {
		m.words = append(m.words, word{task: t, kind: wordSaveSoon})
	}
	t.soon = state
	m.mu.Unlock()
	m.signal()
}

func (m *mailbox) signal() {
	select {
	case m.filled <- struct{}{}:
	default:
	}
}

// take returns the words and keeps the memory of those taken before.
func (m *mailbox) take(spare []word) []word {
	clear(spare)
	m.mu.Lock()
	defer m.mu.Unlock()
	words := m.words
	m.words = spare[:0]
	for i := range words {
		switch w := &words[i]; w.kind {
		case wordProgress:
			w.progress, w.task.untold = w.task.progressMessage(), false
		case wordSaveSoon:
			w.state, w.task.soon = w.task.soon, nil
		}
	}
	return words
}
