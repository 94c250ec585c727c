package server_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// slowScans is a store whose scans wait until they are let go.
type slowScans struct {
	*store
	begun sync.Once
	scan  chan struct{} // closed when a scan waits
	goOn  chan struct{} // closed to let them go
}

func (s *slowScans) Scan(r journal.Range, fn func(journal.Entry) error) (bool, error) {
	s.begun.Do(func() { close(s.scan) })
	<-s.goOn
	return s.store.Scan(r, fn)
}

// The sessions of one client have together as much room as one session.
func TestFindsOfOneClient(t *testing.T) {
	st := &slowScans{store: newStore(t), scan: make(chan struct{}), goOn: make(chan struct{})}
	s := start(t, testConfig(), st)
	const each = 8
	found := make([]int, 3)
	refused := make([]int, len(found))
	hear := func(c *peer, i int) (accepted bool) {
		switch c.hear().(type) {
		case *wire.Accepted:
			accepted = true
		case *wire.Found:
			found[i]++
		case *wire.Refuse:
			refused[i]++
		}
		return accepted
	}
	var sessions []*peer
	for i := range found {
		c := dial(t, s, wire.BCP2Client)
		c.say(&wire.Hello{Session: fmt.Sprintf("prog/%d", i)})
		expect[*wire.Welcome](c)
		sessions = append(sessions, c)
		for req := range each {
			c.say(&wire.Find{Req: uint32(req + 1), Filter: "state=any"})
		}
		c.say(submit(100, "body"))
		for !hear(c, i) { // the searches before it have been taken in
		}
	}
	close(st.goOn)
	for i, c := range sessions {
		for found[i]+refused[i] < each {
			hear(c, i)
		}
	}
	// One was being answered, and 16 waited.
	if !slices.Equal(found, []int{8, 8, 1}) {
		t.Errorf("answered: %v, refused: %v", found, refused)
	}
}

// While somebody looks for tasks, others are served, and find room for searches of their
// own; too many are refused.
func TestFindIsBesideTheLoop(t *testing.T) {
	st := &slowScans{store: newStore(t), scan: make(chan struct{}), goOn: make(chan struct{})}
	s := start(t, testConfig(), st)
	c, other := newClient(t, s), newClient(t, s)
	const many = 100 // more than wait at a time
	for req := range many {
		c.say(&wire.Find{Req: uint32(req + 1), Filter: "state=any"})
	}
	<-st.scan
	other.say(submit(1, "body"))
	expect[*wire.Accepted](other)
	found, refused := 0, 0
	for refused == 0 {
		if m, ok := c.hear().(*wire.Refuse); ok && m.Code == wire.CodeBusy {
			refused++
		}
	}
	other.say(&wire.Find{Req: 2, Filter: "state=any"})
	close(st.goOn)
	expect[*wire.Found](other)
	for found+refused < many { // beats may be among what is heard
		switch m := c.hear().(type) {
		case *wire.Found:
			found++
		case *wire.Refuse:
			if m.Code != wire.CodeBusy {
				t.Errorf("refused: %+v", m)
			}
			refused++
		}
	}
	if found == 0 || refused == 0 {
		t.Errorf("%d searches are answered, %d refused", found, refused)
	}
}

// failingScans is a store whose scans fail.
type failingScans struct{ *store }

func (s *failingScans) Scan(journal.Range, func(journal.Entry) error) (bool, error) {
	return false, errDisk
}

// Whoever asks what the journal can't tell hears so, whatever it is.
func TestQuestionThatCannotBeAnswered(t *testing.T) {
	c := newClient(t, start(t, testConfig(), &failingScans{newStore(t)}))
	c.say(submit(1, "body"))
	expect[*wire.Accepted](c)
	for _, ask := range []wire.Message{
		&wire.Find{Req: 2}, &wire.Change{Req: 2, Do: wire.ChangeCancel, All: true}, &wire.Show{Req: 2, What: wire.ShowQueues},
	} {
		c.say(ask)
		m := expect[*wire.Refuse](c)
		if m.Req != 2 || m.Code != wire.CodeInternal || !strings.HasPrefix(m.Text, "can't answer the question: ") {
			t.Errorf("%T is refused as %+v", ask, m)
		}
	}
}
