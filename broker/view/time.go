package view

import (
	"fmt"
	"time"
)

// timeLayout is RFC 3339 with milliseconds, which is what the journal keeps.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// Time is a moment in Unix milliseconds, written as RFC 3339 in UTC. Zero
// means that it has not happened.
type Time int64

// TimeOf returns the moment t, cut to milliseconds.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// IsZero tells whether it has not happened; encoding/json asks it for omitzero.
func (t Time) IsZero() bool { return t == 0 }

// Time returns the moment in UTC.
func (t Time) Time() time.Time { return time.UnixMilli(int64(t)).UTC() }

// String returns RFC 3339 with milliseconds, or "" for zero.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return t.Time().Format(timeLayout)
}

// MarshalText writes the moment as String does.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads RFC 3339, with or without a fraction. The error says so.
func (t *Time) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = 0
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, string(text))
	if year := at.UTC().Year(); err != nil || year < 0 || year > 9999 { // it can't be written in UTC
		return fmt.Errorf("time %q: RFC 3339 is accepted, such as 2026-01-31T12:00:00Z", text)
	}
	*t = TimeOf(at)
	return nil
}
