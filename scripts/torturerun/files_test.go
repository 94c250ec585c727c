package main

import (
	"testing"

	"bcp/client"
	"bcp/journal"
)

// A backup that lacks what was known when it began is found.
func TestTakenLacks(t *testing.T) {
	id := journal.ID{1}
	submit, end := journal.Record{Kind: journal.KindSubmit}, journal.Record{Kind: journal.KindEnd, State: journal.Done}
	told := taken{accepted: map[string]journal.ID{"k": id}, told: map[string]client.Result{"k": {State: journal.Done}}}
	accepted := taken{accepted: told.accepted}
	for name, c := range map[string]struct {
		taken   taken
		records []journal.Record
		lacks   bool
	}{
		"all of it":    {told, []journal.Record{submit, end}, false},
		"the end":      {told, []journal.Record{submit}, true},
		"no end known": {accepted, []journal.Record{submit}, false},
		"another end":  {told, []journal.Record{submit, {Kind: journal.KindEnd, State: journal.Failed}}, true},
	} {
		if err := c.taken.check(map[journal.ID][]journal.Record{id: c.records}); (err != nil) != c.lacks {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := accepted.check(nil); err == nil {
		t.Error("a task that is missing is not found")
	}
}

// A backup that is of two moments is found.
func TestOneMoment(t *testing.T) {
	a, b := journal.ID{1}, journal.ID{2}
	at := func(times ...int64) (records []journal.Record) {
		for _, ms := range times {
			records = append(records, journal.Record{Time: ms})
		}
		return records
	}
	last := map[journal.ID][]journal.Record{a: at(1, 3, 5), b: at(2, 4)}
	for name, c := range map[string]struct {
		got map[journal.ID][]journal.Record
		one bool
	}{
		"nothing":               {map[journal.ID][]journal.Record{}, true},
		"up to 3":               {map[journal.ID][]journal.Record{a: at(1, 3), b: at(2)}, true},
		"all":                   {last, true},
		"4 without 3":           {map[journal.ID][]journal.Record{a: at(1), b: at(2, 4)}, false},
		"3 without 2":           {map[journal.ID][]journal.Record{a: at(1, 3)}, false},
		"what never was":        {map[journal.ID][]journal.Record{a: at(1, 2)}, false},
		"more than in the end":  {map[journal.ID][]journal.Record{b: at(2, 4, 6)}, false},
		"a task that never was": {map[journal.ID][]journal.Record{{3}: at(1)}, false},
	} {
		if err := oneMoment(c.got, last, map[string]journal.ID{"a": a, "b": b}); (err == nil) != c.one {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := oneMoment(map[journal.ID][]journal.Record{a: at(1, 3)}, last, map[string]journal.ID{"a": a}); err != nil {
		t.Errorf("a member whose row is written later: %v", err)
	}
}
