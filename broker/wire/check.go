package wire

import (
	"bcp/journal"
	"bcp/journal/place"
)

// CheckName checks the name of a worker, a service or a session. What is the word for it in
// the error.
func CheckName(what, name string) *Error {
	switch {
	case name == "":
		return Errorf(CodeBadName, "%s is empty: 1 to %d bytes are accepted", what, MaxName)
	case len(name) > MaxName:
		return Errorf(CodeBadName, "%s has %d bytes: 1 to %d are accepted", what, len(name), MaxName)
	case !journal.Printable(name):
		return Errorf(CodeBadName, "%s %q: printable UTF-8 without spaces or control characters is accepted", what, name)
	}
	return nil
}

// CheckOffer checks the slots, labels and resources that a worker registers with.
func CheckOffer(m *Register) *Error {
	if m.Slots < 1 || m.Slots > MaxSlots {
		return Errorf(CodeBadOption, "slots %d: 1 to %d are accepted", m.Slots, MaxSlots)
	}
	if err := place.CheckLabels(m.Labels); err != nil {
		return Errorf(CodeBadOption, "%v", err)
	}
	if _, err := place.ParseAmounts(m.Resources); err != nil {
		return Errorf(CodeBadOption, "%v", err)
	}
	return nil
}

// CheckSpec checks the spec of a task that is submitted. The wire, the API and the command
// line all use it, so that the same is accepted everywhere.
func CheckSpec(s *journal.Spec) *Error { return checkSpec(s, journal.CheckOptions) }

// CheckHeeded is CheckSpec without those options that older builds accepted but did nothing
// with. Such a submit may repeat one that was accepted then. The broker refuses it with
// CheckSpec if its key is new.
func CheckHeeded(s *journal.Spec) *Error { return CheckSpec(s.Heeded()) }

func checkSpec(s *journal.Spec, checkOptions func(*journal.Spec) error) *Error {
	if err := CheckTarget(s.Target); err != nil {
		return err
	}
	if len(s.Key) > MaxKey {
		return Errorf(CodeBadOption, "key has %d bytes: at most %d are accepted", len(s.Key), MaxKey)
	}
	if err := checkArgv(s.Argv); err != nil {
		return err
	}
	if err := checkOptions(s); err != nil {
		return Errorf(CodeBadOption, "%v", err)
	}
	return nil
}

// CheckSelectors refuses selectors that compare a label by < or >, such as gpu>3. CheckSpec
// accepts them, because gpu>3 is also the name of a label, which peers and journals may have.
// Whoever takes a selector from a person should refuse them, because the task would wait for
// ever.
func CheckSelectors(s *journal.Spec) *Error {
	for _, given := range [][2]string{{"where", s.Where}, {"prefer", s.Prefer}} {
		if term := place.Comparison(given[1]); term != "" {
			return Errorf(CodeBadOption, "%s %q: term %q: labels are not compared by < or >: %s is accepted, and the option resource, as name=amount, for so much of something",
				given[0], given[1], term, place.Terms)
		}
	}
	return nil
}

func checkArgv(argv []string) *Error {
	if len(argv) > MaxArgv {
		return Errorf(CodeBadOption, "argv has %d arguments: at most %d are accepted", len(argv), MaxArgv)
	}
	size := 0
	for _, a := range argv {
		size += len(a)
	}
	if size > MaxArgvBytes {
		return Errorf(CodeBadOption, "argv has %d bytes: at most %d are accepted", size, MaxArgvBytes)
	}
	return nil
}

// CheckTarget checks the target of a task: its kind, and the name that goes with the kind.
func CheckTarget(t journal.Target) *Error {
	switch t.Kind {
	case journal.ToWorker:
		return CheckName("worker", t.Name)
	case journal.ToService:
		return CheckName("service", t.Name)
	case journal.ToAll:
		if t.Name == "" {
			return nil // where says who
		}
		return CheckName("service", t.Name)
	case journal.ToAny:
		if t.Name != "" {
			return Errorf(CodeBadOption, "target %q: no name is accepted with target kind 4 (any worker)", t.Name)
		}
		return nil
	}
	return Errorf(CodeBadOption, "target kind %d: 1 (worker), 2 (service), 3 (all) or 4 (any worker) is accepted", t.Kind)
}
