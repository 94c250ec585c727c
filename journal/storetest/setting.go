package storetest

import (
	"errors"
	"reflect"
	"testing"

	"bcp/journal"
)

// set is the record of a change of a setting.
func set(name, value, why string) journal.Record {
	return journal.Record{
		Kind: journal.KindSetting, Time: epochMS, By: "operator", Text: why,
		Setting: &journal.Setting{Name: name, Value: value},
	}
}

// testSettings changes settings, beside tasks and alone: the last record of each is
// there, in order of name, also after a restart, and what is gone is not.
func testSettings(t *testing.T, h *Harness) {
	checkSettings(t, h.Store)
	c, b, a := set("c", "1", "because"), set("b", "2", ""), set("a", "3", "")
	commit(t, h.Store, c, submit(1, "", "body"), b, dispatch(1, 1), a)
	checkSettings(t, h.Store, a, b, c)
	unset, again := set("b", "", "not any more"), set("c", "4", "")
	gone := set("a", "", "")
	gone.Setting.Gone = true
	commit(t, h.Store, set("c", "5", ""), unset, gone, again)
	checkSettings(t, h.Store, unset, again)
	checkSettings(t, h.reopen(), unset, again)
}

func checkSettings(t *testing.T, s journal.Store, want ...journal.Record) {
	t.Helper()
	var got []journal.Record
	if err := s.Settings(func(r journal.Record) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("settings: %+v\nwant %+v", got, want)
	}
	stop := errors.New("stop")
	if err := s.Settings(func(journal.Record) error { return stop }); len(want) > 0 && !errors.Is(err, stop) {
		t.Errorf("settings did not stop at the error: %v", err)
	}
}
