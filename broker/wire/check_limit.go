package wire

import (
	"strings"

	"bcp/journal"
)

// Check checks what a Limit asks for. The wire, the API and the command line all use it, so
// that the same is accepted everywhere.
func (m *Limit) Check() *Error {
	if m.Do == LimitList && m.What == (journal.Limit{}) {
		return nil
	}
	if err := CheckLimitName(m.What.Scope, m.What.Name); err != nil {
		return err
	}
	switch m.Do {
	case LimitSet:
		return checkLimitSet(&m.What)
	case LimitUnset:
		return checkLimitUnset(&m.What)
	}
	return nil
}

// CheckLimitName checks the scope and the name of a limit.
func CheckLimitName(scope journal.LimitScope, name string) *Error {
	if scope < journal.LimitService || scope > journal.LimitKey {
		return Errorf(CodeBadOption, "limit's scope %d: 1 (service), 2 (client) or 3 (key) is accepted", scope)
	}
	if err := CheckName(scope.String(), name); err != nil {
		return err
	}
	switch {
	case scope == journal.LimitKey && strings.Contains(name, "="):
		return Errorf(CodeBadName, "key %q: a name without = is accepted", name)
	case scope == journal.LimitClient && strings.Contains(name, "/"):
		return Errorf(CodeBadName, "client %q: a name without / is accepted, what stands before it in the session's", name)
	}
	return nil
}

func checkLimitSet(l *journal.Limit) *Error {
	switch {
	case !l.Set() && l.Burst == 0:
		return Errorf(CodeBadOption, "limit %s: at least one of running, rate and burst is accepted", l.ID())
	case l.Running > MaxRunning:
		return Errorf(CodeBadOption, "limit %s: running %d: 1 to %d are accepted", l.ID(), l.Running, MaxRunning)
	case l.Scope != journal.LimitService && l.Rate > 0:
		return Errorf(CodeBadOption, "limit %s: rate %v: it is accepted of a service only", l.ID(), l.Rate)
	case l.Scope != journal.LimitService && l.Burst > 0:
		return Errorf(CodeBadOption, "limit %s: burst %d: it is accepted of a service only", l.ID(), l.Burst)
	case l.Rate > journal.RateMax:
		return Errorf(CodeBadOption, "limit %s: rate %v: 0.001 to %v a second are accepted", l.ID(), l.Rate, journal.RateMax)
	case l.Burst > MaxBurst:
		return Errorf(CodeBadOption, "limit %s: burst %d: 1 to %d are accepted", l.ID(), l.Burst, MaxBurst)
	}
	return nil
}

// checkLimitUnset refuses a burst alone, which is no part that can be removed: nobody is to
// take that for all parts.
func checkLimitUnset(l *journal.Limit) *Error {
	if l.Burst > 0 && l.Rate == 0 {
		return Errorf(CodeBadOption, "limit %s: burst %d: only accepted with rate, with which it is unset", l.ID(), l.Burst)
	}
	return nil
}
