package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
)

// Bad input of an option is refused with the same words wherever it comes in: by
// the codec of the wire, the package client, the API and the flags. The words are
// the option's own: its name, what was given, and what is accepted.

// badTexts are texts that an option of texts does not accept.
var badTexts = map[string][]string{
	"after":       {"nobody", "01J8ZQ5W3N4M5P6Q7R8S9T0V1W:well"},
	"label":       {"run", "a b=c", "=7", "run=" + strings.Repeat("x", journal.MaxName)},
	"where":       {"gpu=", "=a", "a b"},
	"resource":    {"cpu", "cpu=-1", "cpu=many"},
	"prefer":      {"gpu=", "!"},
	"fatal-class": {"a b", strings.Repeat("x", journal.MaxName+1)},
	"limit-key":   {"=3", "db=none", "db=-1"},
	"array":       {"many", "5-1", "0"},
	"retry-of":    {"nobody"},
}

// taskField is the field of client.Task for an option.
var taskField = map[string]string{
	"on-worker-lost": "OnLoss", "on-unmet": "FailUnmet", "label": "Labels", "resource": "Resources",
	"on-exhausted": "HoldExhausted", "fatal-class": "FatalClasses", "limit-key": "LimitKeys", "tries-count": "Counts",
}

// inPlace are options of texts for which client.Task has something that cannot
// hold what is wrong.
var inPlace = []string{"after", "retry-of"}

func TestRefusalsAreTheSame(t *testing.T) {
	for i := range journal.Options {
		o := &journal.Options[i]
		t.Run(o.Name, func(t *testing.T) {
			if o.IsNumber() {
				for _, n := range badNumbers(o) {
					checkNumber(t, o, n)
				}
				return
			}
			if len(badTexts[o.Name]) == 0 {
				t.Fatal("no texts are known that it does not accept: add some to badTexts")
			}
			for _, text := range badTexts[o.Name] {
				checkText(t, o, text)
			}
		})
	}
}

// badNumbers are numbers that an option doesn't accept.
func badNumbers(o *journal.Option) []int64 {
	switch o.Sort {
	case journal.Moment:
		return []int64{-1}
	case journal.Switch, journal.Choice, journal.Set:
		return []int64{o.High + 1, -1}
	}
	return []int64{o.Low - 1, o.High + 1, 1 << 40}
}

// checkNumber gives a number in every way in which it can be said.
func checkNumber(t *testing.T, o *journal.Option, n int64) {
	t.Helper()
	want := o.SetValue(new(journal.Spec), n)
	if want == nil {
		t.Fatalf("%d is accepted", n)
	}
	wantRefusal(t, "wire", wireRefusal(o, numberBytes(n)), want)
	inClient, ok := clientNumber(t, o, n)
	if ok && n != 0 && (o.Name != "loss-max" || n != client.NoLoss) { // there, 0 means that it is left out
		wantRefusal(t, "client", inClient, want)
	}
	if o.Sort == journal.Number || o.Sort == journal.Percent || o.Sort == journal.Milliseconds {
		wantRefusal(t, "API", apiRefusal(o, n), want)
		wantRefusal(t, "flag", flagRefusal(o, numberText(o, n)), want)
		return
	}
	// As a word it can't be said; any other word is refused alike.
	if o.Sort == journal.Choice || o.Sort == journal.Set {
		want := o.Parse(new(journal.Spec), "wrong")
		wantRefusal(t, "API", apiRefusal(o, "wrong"), want)
		wantRefusal(t, "flag", flagRefusal(o, "wrong"), want)
	}
}

// checkText gives a text in every way in which it can be said.
func checkText(t *testing.T, o *journal.Option, text string) {
	t.Helper()
	want := o.SetTexts(new(journal.Spec), []string{text})
	if want == nil {
		t.Fatalf("%q is accepted", text)
	}
	if o.Sort != journal.Tasks { // of which the wire has no texts
		wantRefusal(t, "wire", wireRefusal(o, append([]byte{byte(len(text) >> 8), byte(len(text))}, text...)), want)
	}
	if inClient, ok := clientText(t, o, text); ok {
		wantRefusal(t, "client", inClient, want)
	}
	wantRefusal(t, "API", apiRefusal(o, apiTexts(o, text)), want)
	if !slices.Contains(inPlace, o.Name) || strings.Contains(text, ":") { // or else it may be a part of an ID
		wantRefusal(t, "flag", flagRefusal(o, text), want)
	}
}

func wantRefusal(t *testing.T, where string, got, want error) {
	t.Helper()
	if got == nil || !strings.Contains(got.Error(), want.Error()) {
		t.Errorf("%s:\n got %v\nwant %v", where, got, want)
	}
}

// ---- the wire

func numberBytes(n int64) []byte {
	return []byte{byte(n >> 56), byte(n >> 48), byte(n >> 40), byte(n >> 32), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

// wireRefusal decodes a SUBMIT with one option.
func wireRefusal(o *journal.Option, value []byte) error {
	head := append([]byte("BCPC02\x11\x00\x00\x00\x01\x00\x02\x01s\x00\x00\x00\x00"), o.Number, byte(len(value)>>8), byte(len(value)))
	_, _, err := wire.Decode([][]byte{append(head, value...)}, wire.ToBroker)
	return err
}

// ---- the package client

// clientField returns the field of client.Task for an option; false if there is none.
func clientField(t *testing.T, o *journal.Option, task *client.Task) (reflect.Value, bool) {
	t.Helper()
	name := taskField[o.Name]
	if name == "" {
		for word := range strings.SplitSeq(o.Name, "-") {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	field := reflect.ValueOf(task).Elem().FieldByName(name)
	if !field.IsValid() {
		t.Errorf("client.Task has no field %s", name)
	}
	return field, field.IsValid()
}

// clientNumber submits a task whose field for the option has the number; false if
// the field can't.
func clientNumber(t *testing.T, o *journal.Option, n int64) (error, bool) {
	t.Helper()
	task := client.Task{Service: "s"}
	field, ok := clientField(t, o, &task)
	switch {
	case !ok:
		return nil, false
	case field.Type() == reflect.TypeFor[time.Duration]():
		field.SetInt(n * int64(time.Millisecond))
		if time.Duration(field.Int()).Milliseconds() != n {
			return nil, false
		}
	case field.Type() == reflect.TypeFor[time.Time]():
		field.Set(reflect.ValueOf(time.UnixMilli(n)))
	case field.CanInt():
		field.SetInt(n)
	case field.CanUint() && n >= 0 && !field.OverflowUint(uint64(n)):
		field.SetUint(uint64(n))
	default:
		return nil, false
	}
	return submitNowhere(task), true
}

// clientText is clientNumber for a text.
func clientText(t *testing.T, o *journal.Option, text string) (error, bool) {
	t.Helper()
	task := client.Task{Service: "s"}
	if slices.Contains(inPlace, o.Name) {
		return nil, false
	}
	field, ok := clientField(t, o, &task)
	name, value, paired := strings.Cut(text, "=")
	switch {
	case !ok || field.Kind() == reflect.Map && !paired: // a map has both parts
		return nil, false
	case field.Kind() == reflect.String:
		field.SetString(text)
	case field.Kind() == reflect.Slice:
		field.Set(reflect.ValueOf([]string{text}))
	case field.Kind() == reflect.Map:
		field.Set(reflect.ValueOf(map[string]string{name: value}))
	}
	return submitNowhere(task), true
}

// submitNowhere returns what the package refuses before it asks anybody.
func submitNowhere(task client.Task) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := new(client.Client).SubmitBatch(ctx, []client.Task{task})
	return err
}

// ---- the API

func apiTexts(o *journal.Option, text string) any {
	if o.Sort == journal.Text {
		return text
	}
	return []string{text}
}

// apiRefusal submits JSON with one option.
func apiRefusal(o *journal.Option, value any) error {
	name := strings.ReplaceAll(o.Name, "-", "_")
	switch o.Sort {
	case journal.Milliseconds:
		name += "_ms"
	case journal.Moment:
		name += "_at"
	}
	body := map[string]any{"service": "s", "options": map[string]any{name: value}}
	switch o.Name {
	case "after", "on-unmet":
		body = map[string]any{"service": "s", name: value}
	case "label":
		label, v, paired := strings.Cut(value.([]string)[0], "=")
		if !paired {
			return o.SetTexts(new(journal.Spec), value.([]string)) // a JSON object has both parts
		}
		body = map[string]any{"service": "s", "labels": map[string]string{label: v}}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	var s api.Submission
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	_, err = s.Submit(anyKey)
	return err
}

// ---- the flags

func numberText(o *journal.Option, n int64) string {
	if o.Sort == journal.Milliseconds {
		return (time.Duration(n) * time.Millisecond).String()
	}
	return strconv.FormatInt(n, 10)
}

// flagRefusal gives a flag to the command, as main does.
func flagRefusal(o *journal.Option, value string) error {
	root := newRootCommand()
	args := []string{"--admin", "unix:/nowhere", "tasks", "submit", "--service", "s", "--" + o.Name + "=" + value}
	if o.Name == "on-unmet" {
		args = append(args, "--after", "key=first")
	}
	root.SetArgs(args)
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	err := root.Execute()
	if err != nil && exitCode(err) != exitUsage {
		return fmt.Errorf("exit code %d: %w", exitCode(err), err)
	}
	return err
}
