package journal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// LimitScope says whose attempts a limit counts. The list is append-only:
// numbers are on the wire.
type LimitScope uint8

const (
	LimitService LimitScope = 1 // those of tasks for a service
	LimitClient  LimitScope = 2 // those of a client's tasks, see Spec.ClientName
	LimitKey     LimitScope = 3 // those of tasks with a limit key
)

var scopeNames = [...]string{LimitService: "service", LimitClient: "client", LimitKey: "key"}

// String returns the word that flags, the API and settings use.
func (s LimitScope) String() string { return nameOf(scopeNames[:], int(s), "scope") }

// Limit bounds the attempts that are out with workers. Every operator can change
// it; the journal keeps it as the Setting that SettingName and Value give.
type Limit struct {
	Scope   LimitScope
	Name    string // of the service, the client or the key
	Running uint32 // attempts out at a time; 0 for no such limit
	Rate    Rate   // dispatches; 0 for no such limit. Only of a service
	Burst   uint32 // dispatches that may follow at once after a time without; only with Rate
}

// Set tells whether it limits anything.
func (l *Limit) Set() bool { return l.Running > 0 || l.Rate > 0 }

// ID returns the limit's scope and name as operators write them: service/hash.
func (l *Limit) ID() string { return l.Scope.String() + "/" + l.Name }

// ParseLimitID reads what ID returns.
func ParseLimitID(s string) (scope LimitScope, name string, err error) {
	word, name, ok := strings.Cut(s, "/")
	i := slices.Index(scopeNames[:], word)
	if !ok || i < int(LimitService) || name == "" {
		return 0, "", fmt.Errorf("%q: service/NAME, client/NAME or key/NAME is accepted", s)
	}
	return LimitScope(i), name, nil
}

// limitPrefix begins the names of settings that are limits.
const limitPrefix = "limit/"

// SettingName returns the name that the limit is kept under.
func (l *Limit) SettingName() string { return limitPrefix + l.ID() }

// Value returns what the limit is kept as, "" for one that limits nothing:
//
//	running=10 rate=2.5 burst=3
func (l *Limit) Value() string {
	var parts []string
	if l.Running > 0 {
		parts = append(parts, "running="+strconv.FormatUint(uint64(l.Running), 10))
	}
	if l.Rate > 0 {
		parts = append(parts, "rate="+l.Rate.String(), "burst="+strconv.FormatUint(uint64(l.Burst), 10))
	}
	return strings.Join(parts, " ")
}

// ParseLimit reads a setting; false for one that is no limit. The error tells
// of one that this program did not write.
func ParseLimit(s *Setting) (l Limit, ok bool, err error) {
	id, ok := strings.CutPrefix(s.Name, limitPrefix)
	if !ok {
		return l, false, nil
	}
	if l.Scope, l.Name, err = ParseLimitID(id); err != nil {
		return l, true, fmt.Errorf("setting %s: %w", s.Name, err)
	}
	for part := range strings.FieldsSeq(s.Value) {
		if err := l.setPart(part); err != nil {
			return l, true, fmt.Errorf("setting %s: %q: %w", s.Name, part, err)
		}
	}
	if l.Burst > 0 && l.Rate == 0 {
		return l, true, fmt.Errorf("setting %s: %q: a burst is of a rate: %w", s.Name, s.Value, errField)
	}
	return l, true, nil
}

func (l *Limit) setPart(part string) (err error) {
	name, value, _ := strings.Cut(part, "=")
	switch name {
	case "running":
		l.Running, err = parseCount(value)
	case "rate":
		l.Rate, err = ParseRate(value)
	case "burst":
		l.Burst, err = parseCount(value)
	default:
		err = errField
	}
	return err
}

func parseCount(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err
}
