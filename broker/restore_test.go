package broker

import (
	"errors"
	"strings"
	"testing"

	"bcp/journal"
)

// A row whose records don't follow from each other, or that has none, is damage, and
// the task is named.
func TestRestoreOfDamage(t *testing.T) {
	id := journal.ID{15: 7}
	for name, records := range map[string][]journal.Record{
		"none":     nil,
		"no begin": {{Task: id, Kind: journal.KindDispatch, Attempt: 1, Worker: "w"}},
		"twice begun": {
			{Task: id, Kind: journal.KindSubmit, Spec: &journal.Spec{Tries: 1}},
			{Task: id, Kind: journal.KindSubmit, Spec: &journal.Spec{Tries: 1}},
		},
	} {
		b := New(Config{}, journal.NewMemDisk("restore").Open(), &room{}, journal.ID{})
		err := b.Restore(id, records)
		if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), id.String()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
