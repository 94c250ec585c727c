package broker

import (
	"slices"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// Options that are changed to what they are when they are left out are as the broker is
// configured: where they are so already, nothing is changed, as is told before and after.
func TestChangeToDefaults(t *testing.T) {
	var options []uint8
	for _, name := range []string{"loss-max", "on-worker-lost", "cancel-grace"} {
		options = append(options, journal.OptionNamed(name).Number)
	}
	c := newChanger(t)
	as, other := c.submit(&journal.Spec{}), c.submit(&journal.Spec{LossMax: 7, CancelGraceMS: 7})
	edit := func(all bool, filter string, tasks ...journal.ID) *wire.Change {
		return &wire.Change{Do: wire.ChangeEdit, All: all, Filter: filter, Tasks: tasks, Options: options, Spec: new(journal.Spec)}
	}
	wants := [][]string{nil, {"loss-max 7 -> 3", "cancel-grace 7ms -> 5s"}}
	ask, _ := c.change(edit(true, ""))
	page, err := FillChanged(c.store, ask, c.now.WallMS)
	if err != nil || len(page.Rows) != 2 {
		t.Fatalf("whom would it be: %+v, %v", page, err)
	}
	changed, records := c.change(edit(false, "", as, other))
	if records != 1 {
		t.Errorf("%d records, and one task is to be changed", records)
	}
	for i, want := range wants {
		if got := page.Rows[i].Changes; !slices.Equal(got, want) {
			t.Errorf("%d is planned: %q, want %q", i, got, want)
		}
		if got := changed.Rows[i].Changes; !slices.Equal(got, want) {
			t.Errorf("%d is changed: %q, want %q", i, got, want)
		}
	}
	again, records := c.change(edit(false, "label=none", as, other))
	for _, row := range again.Rows {
		if row.Code != 0 || len(row.Changes) != 0 || records != 0 {
			t.Errorf("again, and the filter means it no more: %d records, %+v", records, row)
		}
	}
}

// What an edit is refused for is known before.
func TestPlanRefusesEdits(t *testing.T) {
	c := newChanger(t)
	id, all := c.submit(&journal.Spec{}), c.submit(&journal.Spec{LateJoiners: true, Target: journal.Target{Kind: journal.ToAll, Name: "s"}})
	for name, x := range map[string]struct {
		task journal.ID
		spec *journal.Spec
		code wire.Code
	}{
		"array":        {id, &journal.Spec{Array: "5"}, wire.CodeNotAllowed},
		"not-before":   {id, &journal.Spec{NotBeforeMS: c.now.WallMS + wire.MaxTimeoutMS + 1}, wire.CodeBadOption},
		"prefer-for":   {id, &journal.Spec{PreferForMS: 1}, wire.CodeBadOption},
		"late-joiners": {all, new(journal.Spec), wire.CodeNotAllowed},
		"":             {id, new(journal.Spec), wire.CodeUnsupported},
	} {
		number := uint8(255)
		if name != "" {
			number = journal.OptionNamed(name).Number
		}
		m := &wire.Change{Do: wire.ChangeEdit, Tasks: []journal.ID{x.task}, Options: []uint8{number}, Spec: x.spec}
		before, err := c.core.known(x.task, "")
		if err != nil {
			t.Fatal(err)
		}
		plan := PlanChange(m, &before, c.now.WallMS)
		changed, records := c.change(m)
		if row := changed.Rows[0]; row.Code != x.code || records != 0 {
			t.Errorf("%q: %d records, %+v", name, records, row)
		}
		if plan.Code != x.code || plan.Text != changed.Rows[0].Text {
			t.Errorf("%q is planned: %+v, and it is %+v", name, plan, changed.Rows[0])
		}
	}
}
