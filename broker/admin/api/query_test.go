package api

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bcp/journal"
	"bcp/journal/filter"
)

func TestListAsQuery(t *testing.T) {
	want := List{
		Filter: Filter{
			Expr: "key=\"a b\"* age>2h", States: []string{"running", "failed"}, Worker: "w1", Service: "s/1 ?",
			Since: "2h", Before: Given((sampleTime + 1).String()), Held: true, Delayed: true, Labels: []string{"run=7&8", "user"}, All: true,
		},
		Sort: "-ended", Limit: 7, Cursor: "01KG9MA8G00000000000000000",
	}
	got, err := ParseList(want.Values())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v: want %+v", got, err, want)
	}
	for _, none := range []url.Values{{}, {"cursor": {""}}} { // the latter is the first page's
		if got, err := ParseList(none); err != nil || !reflect.DeepEqual(got, List{}) {
			t.Errorf("%+v, %v: want nothing", got, err)
		}
	}
}

func TestParseListRefuses(t *testing.T) {
	for query, says := range map[string]string{
		"stat=running":               "unknown parameter \"stat\": filter, state, worker",
		"filter=stat%3Dx":            "filter term stat=x: \"stat\" is not known: one of state, service",
		"state=gone":                 "use one of pending",
		"limit=-1":                   "a whole number from 0",
		"limit=many":                 "a whole number from 0",
		"since=yesterday":            "filter term since=yesterday: \"yesterday\": a time such as 2026-01-31T12:00:00Z, or a duration before now such as 2h or 7d, is accepted",
		"before=1":                   "filter term before=1: \"1\": a time such as",
		"since=2h,3h":                "filter term since=\"2h,3h\": \"2h,3h\": a time such as",
		"all=maybe":                  "all \"maybe\": true or false",
		"held=maybe":                 "held \"maybe\": true or false",
		"delayed=maybe":              "delayed \"maybe\": true or false",
		"service=":                   "parameter service: it is empty: a text is accepted, or no such parameter",
		"filter=held&filter=delayed": "parameter filter: it is given twice: once is accepted",
		"worker=w1&worker=w2":        "parameter worker: it is given twice: once is accepted",
		"label=%3Dx":                 "label \"=x\": name or name=value is accepted",
	} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseList(v); codeOf(err) != CodeBadRequest || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v: should say %s", query, err, says)
		}
	}
}

func matches(t *testing.T, f Filter, task *journal.Task) bool {
	t.Helper()
	return compile(t, f).Match(task, time.Now().UnixMilli())
}

func compile(t *testing.T, f Filter) *filter.Filter {
	t.Helper()
	compiled, err := f.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestFilter(t *testing.T) {
	task := journal.Task{
		State: journal.Failed, Worker: "w1", SubmittedMS: int64(sampleTime),
		Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "s1"}},
	}
	for name, test := range map[string]struct {
		filter Filter
		want   bool
	}{
		"ended, by default":  {Filter{}, false},
		"all":                {Filter{All: true}, true},
		"its state":          {Filter{States: []string{"done", "failed"}}, true},
		"another state":      {Filter{States: []string{"done"}, All: true}, false},
		"its worker":         {Filter{All: true, Worker: "w1"}, true},
		"another worker":     {Filter{All: true, Worker: "s1"}, false},
		"its service":        {Filter{All: true, Service: "s1"}, true},
		"another service":    {Filter{All: true, Service: "w1"}, false},
		"since its time":     {Filter{All: true, Since: Given(sampleTime.String())}, true},
		"since later":        {Filter{All: true, Since: Given((sampleTime + 1).String())}, false},
		"before its time":    {Filter{All: true, Before: Given(sampleTime.String())}, false},
		"before a later one": {Filter{All: true, Before: Given((sampleTime + 1).String())}, true},
		"since long ago":     {Filter{All: true, Since: "1s"}, false},
		"before long ago":    {Filter{All: true, Before: "1s"}, true},
		"an expression":      {Filter{Expr: "state=failed worker=w*"}, true},
		"another expression": {Filter{Expr: "worker!=w*", All: true}, false},
		"both, and one not":  {Filter{Expr: "state=failed", Worker: "w2"}, false},
	} {
		if got := matches(t, test.filter, &task); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What a pending task waits for can be asked for.
func TestFilterByWait(t *testing.T) {
	now := time.Now().UnixMilli()
	const held, delayed = "held", "delayed"
	for name, test := range map[string]struct {
		task journal.Task
		want []string
	}{
		"nothing":         {journal.Task{State: journal.Pending}, nil},
		"its release":     {journal.Task{State: journal.Pending, Held: true}, []string{held}},
		"its time":        {journal.Task{State: journal.Pending, NotBeforeMS: now + 3_600_000}, []string{delayed}},
		"both":            {journal.Task{State: journal.Pending, Held: true, NotBeforeMS: now + 3_600_000}, []string{held, delayed}},
		"a time long ago": {journal.Task{State: journal.Pending, NotBeforeMS: now - 1}, nil},
		"nothing, it runs before its time by the wall clock": {journal.Task{State: journal.Running, NotBeforeMS: now + 3_600_000}, nil},
	} {
		var got []string
		if matches(t, Filter{Held: true}, &test.task) {
			got = append(got, held)
		}
		if matches(t, Filter{Delayed: true}, &test.task) {
			got = append(got, delayed)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestFilterParts(t *testing.T) {
	for name, test := range map[string]struct {
		filter      Filter
		live, ended bool
	}{
		"default":    {Filter{}, true, false},
		"all":        {Filter{All: true}, true, true},
		"live state": {Filter{States: []string{"running"}, All: true}, true, false},
		"end state":  {Filter{States: []string{"done"}}, false, true},
		"both":       {Filter{States: []string{"done", "pending"}}, true, true},
	} {
		if live, ended := compile(t, test.filter).Parts(); live != test.live || ended != test.ended {
			t.Errorf("%s: live %v, ended %v", name, live, ended)
		}
	}
}
