package wire

import (
	"unicode"
	"unicode/utf8"

	"bcp/journal"
)

// CheckName tells whether a name of a worker, a service or a session is
// acceptable; what says which, for the error.
func CheckName(what, name string) *Error {
	switch {
	case name == "":
		return Errorf(CodeBadName, "%s is empty: 1 to %d bytes are accepted", what, MaxName)
	case len(name) > MaxName:
		return Errorf(CodeBadName, "%s has %d bytes: 1 to %d are accepted", what, len(name), MaxName)
	case !printable(name):
		return Errorf(CodeBadName, "%s %q: printable UTF-8 without spaces or control characters is accepted", what, name)
	}
	return nil
}

func printable(s string) bool {
	for _, r := range s {
		if r == ' ' || !unicode.IsPrint(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// CheckSpec tells whether a submitted spec is acceptable. It is the one place
// that knows, for the wire, the API and the command line alike.
func CheckSpec(s *journal.Spec) *Error {
	if s.Target.Kind != journal.ToWorker && s.Target.Kind != journal.ToService {
		return Errorf(CodeBadOption, "target kind %d: 1 (worker) or 2 (service) is accepted", s.Target.Kind)
	}
	what := "service"
	if s.Target.Kind == journal.ToWorker {
		what = "worker"
	}
	if err := CheckName(what, s.Target.Name); err != nil {
		return err
	}
	if len(s.Key) > MaxKey {
		return Errorf(CodeBadOption, "key has %d bytes: at most %d are accepted", len(s.Key), MaxKey)
	}
	if err := checkArgv(s.Argv); err != nil {
		return err
	}
	if s.Tries < 1 || s.Tries > MaxTries {
		return Errorf(CodeBadOption, "tries %d: 1 to %d are accepted", s.Tries, MaxTries)
	}
	if s.LossMax > MaxTries {
		return Errorf(CodeBadOption, "loss-max %d: 0 to %d are accepted", s.LossMax, MaxTries)
	}
	if s.OnLoss > journal.LossFail {
		return Errorf(CodeBadOption, "on-loss %d: 0 (default), 1 (requeue), 2 (wait) or 3 (fail) is accepted", s.OnLoss)
	}
	if s.Priority < -MaxPriority || s.Priority > MaxPriority {
		return Errorf(CodeBadOption, "priority %d: %d to %d are accepted", s.Priority, -MaxPriority, MaxPriority)
	}
	if s.NotBeforeMS < 0 {
		return Errorf(CodeBadOption, "not-before %d ms: 0 or more since 1970 is accepted", s.NotBeforeMS)
	}
	if err := checkAfter(s.After); err != nil {
		return err
	}
	if err := checkLabels(s.Labels); err != nil {
		return err
	}
	return checkTimes(s)
}

func checkAfter(after []journal.Dependency) *Error {
	if len(after) > MaxAfter {
		return Errorf(CodeBadOption, "after has %d tasks: at most %d are accepted", len(after), MaxAfter)
	}
	if len(after) == 0 {
		return nil
	}
	seen := make(map[journal.ID]bool, len(after))
	for _, d := range after {
		if d.Wants < journal.WantsDone || d.Wants > journal.WantsFailure {
			return Errorf(CodeBadOption, "after %s: 1 (ok), 2 (any) or 3 (failed) is accepted, not %d", d.Task, d.Wants)
		}
		if seen[d.Task] {
			return Errorf(CodeBadOption, "after %s: each task is accepted once", d.Task)
		}
		seen[d.Task] = true
	}
	return nil
}

func checkLabels(labels []string) *Error { return CheckPairs("label", labels, MaxLabels) }

// checkTimes looks at the spec's durations.
func checkTimes(s *journal.Spec) *Error {
	for _, d := range []struct {
		name string
		ms   int64
	}{
		{"start-timeout", s.StartTimeoutMS},
		{"run-timeout", s.RunTimeoutMS},
		{"queue-timeout", s.QueueTimeoutMS},
		{"cancel-grace", s.CancelGraceMS},
		{"delay", s.DelayMS},
		{"retry-delay", s.RetryDelayMS},
		{"retry-delay-max", s.RetryDelayMaxMS},
	} {
		if d.ms < 0 || d.ms > MaxTimeoutMS {
			return Errorf(CodeBadOption, "%s %d ms: 0 to %d ms (10 years) are accepted", d.name, d.ms, int64(MaxTimeoutMS))
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
