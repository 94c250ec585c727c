package journal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	hourMS = int64(time.Hour / time.Millisecond)
	dayMS  = 24 * hourMS
)

var (
	errDuration = errors.New("a duration of whole milliseconds, such as 90s, 2h30m or 7d, is accepted")
	errLong     = fmt.Errorf("at most %s (10 years) are accepted", FormatDuration(MaxTimeoutMS))
)

// ParseDuration reads a duration such as 90s or 2h30m, or days such as 7d or 1d12h, and
// returns it in milliseconds. The error says what is accepted.
func ParseDuration(text string) (int64, error) {
	ms, err := parseSpan(text)
	switch {
	case err != nil:
		return 0, err
	case ms < 0:
		return 0, errDuration
	case ms > MaxTimeoutMS:
		return 0, errLong
	}
	return ms, nil
}

// parseSpan is ParseDuration for whoever looks at the bounds.
func parseSpan(text string) (int64, error) {
	number, rest, ok := strings.Cut(text, "d")
	if !ok {
		return parseClock(text)
	}
	days, err := strconv.ParseInt(number, 10, 32)
	switch {
	case errors.Is(err, strconv.ErrRange) && number[0] != '-':
		return 0, errLong
	case err != nil:
		return 0, errDuration
	}
	if rest == "" {
		return days * dayMS, nil
	}
	if days < 0 || rest[0] == '-' || rest[0] == '+' {
		return 0, errDuration
	}
	ms, err := parseClock(rest)
	return days*dayMS + ms, err
}

// parseClock reads hours and less.
func parseClock(text string) (int64, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil && isTooLong(text):
		return 0, errLong
	case err != nil || d%time.Millisecond != 0:
		return 0, errDuration
	}
	return d.Milliseconds(), nil
}

// isTooLong tells whether a text that is no time.Duration would be one with smaller numbers.
func isTooLong(text string) bool {
	small := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return '0'
		}
		return r
	}, text)
	_, err := time.ParseDuration("0s" + small) // 0s in front refuses a sign
	return err == nil && text != ""
}

// FormatDuration writes any number of milliseconds as ParseDuration reads it, in the
// shortest way: 90 minutes are 1h30m, and 48 hours 2d.
func FormatDuration(ms int64) string {
	switch {
	case ms != 0 && ms%dayMS == 0:
		return fmt.Sprintf("%dd", ms/dayMS)
	case ms/hourMS == 0:
		return shortSpan(ms)
	case ms%hourMS == 0:
		return fmt.Sprintf("%dh", ms/hourMS)
	}
	return fmt.Sprintf("%dh%s", ms/hourMS, strings.TrimPrefix(shortSpan(ms%hourMS), "-"))
}

// shortSpan writes less than an hour, without seconds that are none.
func shortSpan(ms int64) string {
	text := (time.Duration(ms) * time.Millisecond).String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		return short + "m"
	}
	return text
}

// CheckSpan tells whether a duration, called name, is accepted: from least, in
// milliseconds, up to MaxTimeoutMS.
func CheckSpan(name string, ms, least int64) error {
	if ms >= least && ms <= MaxTimeoutMS {
		return nil
	}
	return fmt.Errorf("%s %s: %s to %s (10 years) are accepted", name, FormatDuration(ms), FormatDuration(least), FormatDuration(MaxTimeoutMS))
}
