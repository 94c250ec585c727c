package api

import (
	"slices"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
)

// Edit says what is changed of tasks: their target and options. What is left out stays as it
// is.
type Edit struct {
	Worker  Given             `json:"worker,omitempty"`  // the new target: the worker of this name, or
	Service Given             `json:"service,omitempty"` // the workers of this service
	Options Options           `json:"options,omitzero"`  // the new values
	OnUnmet string            `json:"on_unmet,omitempty"`
	Labels  map[string]string `json:"labels,omitzero"` // all labels that they have then; empty: none
	Clear   []string          `json:"clear,omitempty"` // names of options, such as run-timeout, that get their defaults again
}

// Message returns the message for the broker, without the task and without who asks; or an
// Error that says what is wrong and what is accepted.
func (e *Edit) Message() (*wire.Edit, error) {
	m := &wire.Edit{}
	switch {
	case e.Worker != "" && e.Service != "":
		return nil, Errorf(CodeBadRequest, "worker and service: only one of them is accepted")
	case e.Worker != "":
		m.Target = journal.Target{Kind: journal.ToWorker, Name: string(e.Worker)}
	case e.Service != "":
		m.Target = journal.Target{Kind: journal.ToService, Name: string(e.Service)}
	}
	if m.Target.Kind != 0 {
		if refused := wire.CheckTarget(m.Target); refused != nil {
			return nil, ErrorOf(refused)
		}
	}
	spec, err := e.spec()
	if err != nil {
		return nil, err
	}
	m.Spec, m.Options = spec, e.named(spec)
	if err := e.clear(m); err != nil {
		return nil, err
	}
	if m.Target.Kind == 0 && len(m.Options) == 0 {
		return nil, Errorf(CodeBadRequest, "nothing to change is named: options, labels, what to clear, or a worker or a service to move to is accepted")
	}
	return m, nil
}

// clear adds what is changed to what it is when it is left out.
func (e *Edit) clear(m *wire.Edit) error {
	for _, name := range e.Clear {
		switch o := journal.OptionNamed(name); {
		case o == nil || o.Edit == journal.EditNever:
			return Errorf(CodeBadRequest, "clear %q: one of %s is accepted", name, strings.Join(journal.Editable(), ", "))
		case slices.Contains(m.Options, o.Number):
			return Errorf(CodeBadRequest, "clear %q: an option that comes once, and is not given a value in the same request, is accepted", name)
		default:
			o.LeaveOut(m.Spec)
			m.Options = append(m.Options, o.Number)
		}
	}
	return nil
}

// spec returns the new values.
func (e *Edit) spec() (*journal.Spec, error) {
	labels, err := labelTexts(e.Labels)
	if err != nil {
		return nil, err
	}
	spec, err := asked(&e.Options, newBeside(nil, labels, e.OnUnmet))
	return &spec, err
}

// named lists the options that are given, by number; those that have a value in the spec
// are.
func (e *Edit) named(s *journal.Spec) (numbers []uint8) {
	for i := range journal.Options {
		o := &journal.Options[i]
		if e.Options.IsGiven(o) || !o.IsZero(s) ||
			o.Name == "on-unmet" && e.OnUnmet != "" || o.Name == "label" && e.Labels != nil {
			numbers = append(numbers, o.Number)
		}
	}
	return numbers
}
