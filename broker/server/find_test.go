package server_test

import (
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

// While somebody looks for tasks, others are served, and find room for searches of their
// own; too many are refused.
func TestFindIsBesideTheLoop(t *testing.T) {
	st := &slowScans{store: newStore(t), scan: make(chan struct{}), goOn: make(chan struct{})}
	s := start(t, testConfig(), st)
	c, other := newClient(t, s.Endpoints()[0]), newClient(t, s.Endpoints()[0])
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
