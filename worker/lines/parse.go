package lines

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bcp/journal"
)

// Line is what a line says: one of the types below, or nil for one that says
// nothing.
type Line any

// Progress tells how far the command is.
type Progress struct {
	Fraction float32 // 0 to 1, negative for unknown
	Text     string
}

// Set adds a small fact, or takes it away if the value is empty.
type Set struct{ Name, Value string }

// Checkpoint saves a state for the task's next attempt; empty: there is none.
type Checkpoint struct{ State []byte }

// CheckpointFile saves what a file holds.
type CheckpointFile struct{ Path string }

// Extend changes a time-out of the task, so that so much of it is left.
type Extend struct {
	Timeout string        // run, silence or life
	Left    time.Duration // 0: no limit
	Why     string
}

// Class names the sort of error, for when the command fails.
type Class struct{ Name string }

// word is one of the words that a line may begin with.
type word struct {
	name  string
	usage string // its arguments, for errors
	parse func(argument string) (Line, error)
}

var words = []word{
	{"progress", "FRACTION [TEXT], where FRACTION is 0.4, 40%, 4/10, or - for unknown", parseProgress},
	{"set", "NAME=VALUE, NAME without spaces", parseSet},
	{"checkpoint", "a state in BASE64 on one line, or - for none,", parseCheckpoint},
	{"checkpoint-file", "the PATH of a file", parseCheckpointFile},
	{"class", fmt.Sprintf("a NAME of at most %d bytes without spaces", journal.MaxName), parseClass},
	{"extend", "run, silence or life, then a duration of at most ten years, such as 90s, 2h30m or 7d, or none,", parseExtend},
}

// errNone tells that a word lacks its argument.
var errNone = errors.New("there is nothing after it")

// Parse reads a line. The error tells what is wrong and what is accepted.
func Parse(line string) (Line, error) {
	line = strings.TrimSpace(strings.ToValidUTF8(line, string(utf8.RuneError)))
	if line == "" || line[0] == '#' {
		return nil, nil
	}
	name, argument := cutSpace(line)
	i := slices.IndexFunc(words, func(w word) bool { return w.name == name })
	if i < 0 {
		return nil, fmt.Errorf("unknown word %q: %s are accepted", name, names())
	}
	said, err := words[i].parse(argument)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s is accepted", name, err, words[i].usage)
	}
	return said, nil
}

// names lists the words.
func names() string {
	var list []string
	for _, w := range words {
		list = append(list, w.name)
	}
	return strings.Join(list, ", ")
}

// cutSpace cuts a text at its first spaces.
func cutSpace(s string) (before, after string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

func parseProgress(argument string) (Line, error) {
	if argument == "" {
		return nil, errNone
	}
	number, text := cutSpace(argument)
	fraction, err := parseFraction(number)
	return Progress{Fraction: fraction, Text: text}, err
}

func parseFraction(s string) (float32, error) {
	if s == "-" {
		return -1, nil
	}
	part, whole := s, 1.0
	if before, after, ok := strings.Cut(s, "/"); ok {
		n, err := strconv.ParseFloat(after, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no fraction", s)
		}
		part, whole = before, n
	} else if before, ok := strings.CutSuffix(s, "%"); ok {
		part, whole = before, 100
	}
	n, err := strconv.ParseFloat(part, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no fraction", s)
	}
	if fraction := n / whole; fraction >= 0 && fraction <= 1 {
		return float32(fraction), nil
	}
	return 0, fmt.Errorf("%q is not between 0 and 1", s)
}

func parseSet(argument string) (Line, error) {
	name, value, ok := strings.Cut(argument, "=")
	name = strings.TrimSpace(name)
	if !ok || name == "" || strings.ContainsAny(name, " \t") {
		return nil, fmt.Errorf("%q is no NAME=VALUE", argument)
	}
	return Set{Name: name, Value: strings.TrimSpace(value)}, nil
}

func parseCheckpoint(argument string) (Line, error) {
	switch argument {
	case "":
		return nil, errNone
	case "-":
		return Checkpoint{}, nil
	}
	state, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(argument, "="))
	if err != nil {
		return nil, errors.New("what follows is no base64")
	}
	return Checkpoint{State: state}, nil
}

func parseCheckpointFile(argument string) (Line, error) {
	if argument == "" {
		return nil, errNone
	}
	return CheckpointFile{Path: argument}, nil
}

func parseExtend(argument string) (Line, error) {
	timeout, rest := cutSpace(argument)
	left, why := cutSpace(rest)
	if left == "" {
		return nil, errNone
	}
	if !slices.Contains([]string{"run", "silence", "life"}, timeout) {
		return nil, fmt.Errorf("%q is no time-out", timeout)
	}
	if left == "none" {
		return Extend{Timeout: timeout, Why: why}, nil
	}
	ms, err := journal.ParseDuration(left)
	if err != nil || ms == 0 {
		return nil, fmt.Errorf("%q is no duration", left)
	}
	return Extend{Timeout: timeout, Left: time.Duration(ms) * time.Millisecond, Why: why}, nil
}

func parseClass(argument string) (Line, error) {
	if argument == "" {
		return nil, errNone
	}
	if len(argument) > journal.MaxName || !journal.Printable(argument) {
		return nil, fmt.Errorf("%q is no name", argument)
	}
	return Class{Name: argument}, nil
}
