package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bcp/broker/admin/api"
)

// cellMax bounds a text in a table, in characters; wide shows all of it.
const cellMax = 60

// How much of the ends of a text a message has, in characters; tasks show has
// all of it.
const (
	briefHead = 100
	briefTail = 300
)

// printable makes text of others safe for a terminal: control characters are
// written as Go escapes them.
func printable(s string) string {
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isControl(r rune) bool { return !unicode.IsPrint(r) && r != ' ' }

// short cuts a text to cellMax characters.
func short(s string) string {
	if r := []rune(s); len(r) > cellMax {
		return string(r[:cellMax-3]) + "..."
	}
	return s
}

// brief cuts a long text in its middle: a failure's text begins with the verdict
// and ends with the command's last words.
func brief(s string) string {
	if r := []rune(s); len(r) > briefHead+briefTail {
		return string(r[:briefHead]) + " ... " + string(r[len(r)-briefTail:])
	}
	return s
}

// causeText writes what there is of "failed (error): exit status 3".
func causeText(what, reason, text string) string {
	if reason != "" && reason != what {
		what += " (" + reason + ")"
	}
	return what + colon(brief(printable(text)))
}

// reasonText writes a reason, and the sort of the error if that is known.
func reasonText(reason, class string) string {
	if class == "" {
		return reason
	}
	return reason + ", " + printable(class)
}

func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// age tells how long ago t was, "" if it has not been.
func age(t api.Time, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return span(now.Sub(t.Time()))
}

// span writes a duration with its two largest units.
func span(d time.Duration) string {
	d = max(d, 0)
	switch days := int(d / (24 * time.Hour)); {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", int(d.Minutes()), int(d.Seconds())%60)
	case days < 1:
		return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd%dh", days, int(d.Hours())%24)
	}
}

// fieldText writes the value of a field, "" for nothing to say.
func fieldText(v any, now time.Time, wide bool) string {
	switch v := v.(type) {
	case string:
		return v
	case api.Time:
		if wide || v.IsZero() {
			return v.String()
		}
		if ahead := v.Time().Sub(now); ahead > 0 {
			return "in " + span(ahead)
		}
		return age(v, now) + " ago"
	}
	return fmt.Sprint(v)
}

// labelsText writes labels in order of name.
func labelsText(labels map[string]string, sep string) string {
	texts := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		texts = append(texts, name+"="+labels[name])
	}
	return strings.Join(texts, sep)
}

// count writes a number of things.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// targetText names who shall do a task.
func targetText(t api.Target) string {
	if t.Name == "" {
		return t.Kind
	}
	return t.Kind + "/" + t.Name
}
