package sim

import (
	"fmt"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
)

// text writes a message for the trace, when it is wanted.
type text struct{ m wire.Message }

// String returns the type and the fields of the message.
func (t text) String() string {
	switch m := t.m.(type) {
	case *wire.Submit:
		return fmt.Sprintf("Submit {Req:%d Key:%s Target:%v Body:%q}", m.Req, m.Spec.Key, m.Spec.Target, m.Body)
	case *wire.SubmitBatch:
		words := fmt.Sprintf("SubmitBatch {Req:%d", m.Req)
		for i := range m.Submits {
			words += fmt.Sprintf(" %v after %v", text{&m.Submits[i]}, m.Submits[i].Spec.After)
		}
		return words + "}"
	case *wire.Edit:
		changed := *m.Spec
		return fmt.Sprintf("Edit {Req:%d Task:%s By:%s Target:%v Options:%v Spec:%+v}", m.Req, m.Task, m.By, m.Target, m.Options, changed)
	case *wire.Found:
		words := fmt.Sprintf("Found {Req:%d Cursor:%s Count:%d", m.Req, m.Cursor, m.Count)
		for i := range m.Tasks {
			words += fmt.Sprintf(" %s:%s", m.Tasks[i].ID, m.Tasks[i].State)
		}
		return words + "}"
	case *wire.Shown:
		return fmt.Sprintf("Shown {Req:%d Cursor:%q JSON:%s}", m.Req, m.Cursor, m.JSON)
	case *wire.Change:
		return fmt.Sprintf("Change {Req:%d Do:%s Filter:%q After:%s Tasks:%v By:%s NewKeys:%s Target:%v Options:%v}",
			m.Req, m.Do, m.Filter, m.After, m.Tasks, m.By, m.NewKeys, m.Target, m.Options)
	case *wire.Changed:
		return fmt.Sprintf("Changed {Req:%d Cursor:%s Counts:%v Rows:%+v}", m.Req, m.Cursor, m.Counts, m.Rows)
	case *wire.Status:
		told := m.Task
		told.Spec, told.Checkpoint = nil, nil // addresses are not the same in each life
		told.Member, told.Tally = nil, nil
		return fmt.Sprintf("Status {Req:%d Task:%+v Member:%s Tally:%s}", m.Req, told, content(m.Task.Member), content(m.Task.Tally))
	case *wire.Dispatch:
		given := *m
		given.Member = nil
		return fmt.Sprintf("Dispatch %+v of %s", given, content(m.Member))
	}
	return fmt.Sprintf("%s %s", kindOf(t.m), strings.TrimPrefix(fmt.Sprintf("%+v", t.m), "&"))
}

// content writes what an address leads to.
func content[T any](p *T) string {
	if p == nil {
		return "none"
	}
	return fmt.Sprintf("%+v", *p)
}

// kindOf returns the name of a message's type.
func kindOf(m wire.Message) string { return strings.TrimPrefix(fmt.Sprintf("%T", m), "*wire.") }

// recordText writes a record for the trace.
type recordText struct{ r *journal.Record }

// String returns the main fields of the record.
func (t recordText) String() string {
	return fmt.Sprintf("%s %s-%d %s %s %s", t.r.Kind, t.r.Task, t.r.Attempt, t.r.Worker, t.r.Reason, t.r.Text)
}
