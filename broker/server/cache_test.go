package server

import (
	"testing"

	"bcp/journal"
)

func record(kind journal.Kind, n byte, size int) []journal.Record {
	return []journal.Record{{Task: journal.ID{n}, Kind: kind, Payload: make([]byte, size)}}
}

func TestBodyCacheDropsTheOldest(t *testing.T) {
	c := newBodyCache(3 * (1000 + bodyCost))
	for n := range byte(5) {
		c.note(record(journal.KindSubmit, n, 1000))
	}
	for n := range byte(5) {
		if _, ok := c.get(journal.ID{n}); ok != (n >= 2) {
			t.Errorf("body %d is in the cache: %v", n, ok)
		}
	}
}

func TestBodyCacheForgetsTheEnded(t *testing.T) {
	c := newBodyCache(1 << 20)
	c.note(record(journal.KindSubmit, 1, 1000))
	c.note(record(journal.KindDispatch, 1, 0))
	if body, ok := c.get(journal.ID{1}); !ok || len(body) != 1000 {
		t.Errorf("got %d bytes, %v", len(body), ok)
	}
	c.note(record(journal.KindEnd, 1, 500))
	c.note(record(journal.KindEnd, 2, 500)) // never was there
	if _, ok := c.get(journal.ID{1}); ok || c.bytes != 0 || len(c.entries) != 0 || c.order.next != &c.order {
		t.Errorf("%d bytes are left", c.bytes)
	}
}

func TestBodyCacheRefusesWhatIsTooLarge(t *testing.T) {
	c := newBodyCache(1000)
	c.note(record(journal.KindSubmit, 1, 2000))
	if _, ok := c.get(journal.ID{1}); ok || c.bytes != 0 {
		t.Errorf("%d bytes are in the cache", c.bytes)
	}
}
