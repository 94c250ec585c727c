package broker_test

import (
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
)

// edit reads what a script wants changed: options by their names, clear=NAME,NAME
// for those that are changed to nothing, to-worker or to-service for the target.
func (w *world) edit(req uint32, a args) *wire.Edit {
	m := &wire.Edit{Req: req, Task: w.task(a["task"]), Key: a["key"], Text: a["why"], Spec: &journal.Spec{}}
	for i := range journal.Options {
		o := &journal.Options[i]
		text, given := a[o.Name]
		switch {
		case given:
			if err := o.Parse(m.Spec, text); err != nil {
				w.t.Fatal(err)
			}
		case !strings.Contains(","+a["clear"]+",", ","+o.Name+","):
			continue
		}
		m.Options = append(m.Options, o.Number)
	}
	if name, ok := a["to-worker"]; ok {
		m.Target = journal.Target{Kind: journal.ToWorker, Name: name}
	} else if name, ok := a["to-service"]; ok {
		m.Target = journal.Target{Kind: journal.ToService, Name: name}
	}
	return m
}

// editText tells what a record changes.
func editText(r *journal.Record) string {
	var parts []string
	if r.Spec.Target.Kind != 0 {
		parts = append(parts, "target="+r.Spec.Target.Name)
	}
	for _, o := range r.Changed() {
		parts = append(parts, o.Name+"="+strings.ReplaceAll(o.Format(r.Spec), "\n", ","))
	}
	return " " + strings.Join(parts, " ")
}
