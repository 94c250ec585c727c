package filter_test

import (
	"strings"
	"testing"

	"bcp/journal"
	"bcp/journal/filter"
	"bcp/scripts/mutants"
)

const nowMS = 1769860800000 // 2026-01-31T12:00:00Z

func sample() journal.Task {
	return journal.Task{
		State: journal.Pending, Worker: "node7", Attempt: 2, Failures: 1, Reason: journal.ReasonLost, SubmittedMS: nowMS - 2*3600_000,
		NotBeforeMS: nowMS + 1, Waits: []journal.Dependency{{Wants: journal.WantsDone}},
		Spec: &journal.Spec{
			Client: "c/1", Key: "job-7 a,b", Priority: -3, Target: journal.Target{Kind: journal.ToService, Name: "hash"},
			Labels: []string{"run=7", "user=ann=x", "empty="},
		},
	}
}

func TestMatch(t *testing.T) {
	task := sample()
	for expression, want := range map[string]bool{
		"":                      true,
		"   ":                   true,
		"state=pending":         true,
		"state=running,pending": true,
		"state=running":         false,
		"state!=running":        true,
		"state=live":            true,
		"state=ended":           false,
		"state=any":             true,
		"state=any state!=live": false,

		"service=hash":      true,
		"service=ha*":       true,
		"service=*":         true,
		"service=ha":        false,
		"service!=hash":     false,
		"service=x,hash":    true,
		"service!=x,hash":   false,
		"service=\"ha*\"":   false,
		"service=\"ha\"*":   true,
		"worker=node7":      true,
		"worker=hash":       false,
		"client=c/*":        true,
		"client=c":          true,
		"key=\"job-7 a,b\"": true,
		"key=job-*":         true,
		"key=job-7":         false,
		"key!=job-7":        true,

		"label.run=7":          true,
		"label.run=8,7":        true,
		"label.run=8":          false,
		"label.run!=8":         true,
		"label.gone!=8":        true,
		"label.run":            true,
		"!label.run":           false,
		"!label.gone":          true,
		"label.empty=\"\"":     true,
		"label.user=ann*":      true,
		"label=run":            true,
		"label=run=7":          true,
		"label=run=8":          false,
		"label=run=*":          true,
		"label=ru*":            true,
		"label=ru":             false,
		"label!=gone":          true,
		"label=gone,user":      true,
		"label=\"user=ann=x\"": true,

		"reason=worker-lost":       true,
		"reason=error,worker-lost": true,
		"reason=worker*":           true,
		"reason=error":             false,
		"priority=-3":              true,
		"priority=1,-3":            true,
		"priority!=-3":             false,
		"priority<0":               true,
		"priority<=-3":             true,
		"priority>=-3":             true,
		"priority>-3":              false,
		"attempt>1 failures=1":     true,
		"losses>0":                 false,

		"held":         false,
		"!held":        true,
		"held=no":      true,
		"delayed":      true,
		"delayed=yes":  true,
		"!waiting":     false,
		"waiting=true": true,
		"exhausted":    false,
		"!exhausted":   true,
		"retry-of=*":   false,
		"group=*":      false,

		"age>1h":                            true,
		"age>2h":                            false,
		"age<2h1ms":                         true,
		"age<119m":                          false,
		"older-than=1h":                     true,
		"newer-than=1d":                     true,
		"newer-than=1h":                     false,
		"older-than=1d":                     false,
		"since=2026-01-31T10:00:00Z":        true,
		"since=2026-01-31T10:00:00.001Z":    false,
		"before=2026-01-31T10:00:00Z":       false,
		"before=2026-01-31T11:00:00+01:00":  false,
		"before=2026-01-31T11:00:01+01:00":  true,
		"since=2h":                          true,
		"since=1h59m":                       false,
		"before=2h":                         false,
		"before=1h59m":                      true,
		"service=hash priority=-3  !held\t": true,
		"service=hash priority=-3 held":     false,
	} {
		f, err := filter.Parse(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
		} else if got := f.Match(&task, nowMS); got != want {
			t.Errorf("%s: %v", expression, got)
		}
	}
}

// A task without a class is of none that is asked for. IDs are as good in small letters.
func TestClassesAndIDs(t *testing.T) {
	plain, retry := sample(), sample()
	retry.Class, retry.Spec.RetryOf = "oom", journal.ID{1, 2, 3}
	id := retry.Spec.RetryOf.String()
	for expression, want := range map[string][2]bool{
		"class=oom":                          {false, true},
		"class=oo*":                          {false, true},
		"class=\"\"":                         {false, false},
		"class!=oom":                         {true, false},
		"retry-of=" + id:                     {false, true},
		"retry-of=" + strings.ToLower(id):    {false, true},
		"retry-of=" + id[:9] + "*":           {false, true},
		"retry-of!=" + journal.ID{}.String(): {true, true},
	} {
		f, err := filter.Parse(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
		} else if got := [2]bool{f.Match(&plain, nowMS), f.Match(&retry, nowMS)}; got != want {
			t.Errorf("%s: %v", expression, got)
		}
	}
}

// A task that has ended is meant only where its state is asked for.
func TestEndedOnesAreAskedFor(t *testing.T) {
	task := sample()
	task.State = journal.Failed
	for expression, want := range map[string]bool{
		"": false, "service=hash": false, "state=any": true, "state=failed": true, "state=ended service=hash": true,
		"state!=pending": true, "state!=failed": false, "delayed state=any": false,
	} {
		f, err := filter.Parse(expression)
		if err != nil || f.Match(&task, nowMS) != want {
			t.Errorf("%s: want %v, error %v", expression, want, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for expression, says := range map[string]string{
		"stat=running":     `filter term stat=running: "stat" is not known: one of state, service, worker,`,
		"running":          `"running" is not known`,
		"held service=":    "filter term service=: a value is missing",
		"service":          "a value is missing: service=… is accepted",
		"!service":         "a value is missing: service=… is accepted",
		"service=a,,b":     "a value is missing",
		"service=a,":       "a value is missing",
		"service>a":        "operator >: one of = != is accepted",
		"=x":               "a name and an operator go before a value",
		"\"a b\"":          "a name and an operator go before a value",
		"key=\"a b":        "a quote is not closed",
		"key!=5\" held":    "a quote is not closed", // held is no part of the key
		"key=\"a\\b\"":     "a quote is not closed",
		"key=\"a\"b":       "a comma has to part the values",
		"state=gone":       "use one of pending, dispatched, running, canceling, done, failed, canceled, or live, ended, any",
		"state=pend*":      `unknown state "pend*"`,
		"reason=because":   `unknown reason "because": use one of finished, error, worker-lost`,
		"priority=high":    "value high: a whole number is accepted",
		"priority=1*":      "value 1*: a whole number is accepted",
		"priority>1,2":     "operator >: one value is accepted after it",
		"!state=failed":    "filter term !state=failed: ! is accepted before a name alone; with a value, state!=failed is",
		"!age>2h":          "! is accepted before a name alone",
		"held=maybe":       "held, !held, held=yes or held=no is accepted",
		"held!=yes":        "operator !=: = is accepted",
		"age=2h":           "operator =: one of > < is accepted",
		"age>soon":         `"soon": a duration of whole milliseconds, such as 90s, 2h30m or 7d, is accepted`,
		"age>1h,2h":        "one duration is accepted",
		"older-than>2h":    "operator >: = is accepted",
		"newer-than=4000d": "at most 3650d (10 years) are accepted",
		"since=yesterday":  `filter term since=yesterday: "yesterday": a time such as 2026-01-31T12:00:00Z, or a duration before now such as 2h or 7d, is accepted`,
		"before=2026*":     "one time is accepted",
		"label.=7":         "the label's name is missing",
		"group=01M8":       "value 01M8: a task's ID of 26 letters is accepted, or how it begins with a star behind",
		"retry-of!=key=7":  "value key=7: a task's ID of 26 letters is accepted",
		"group=u*":         "value u*: a task's ID",
		"label.run>7":      "operator >: one of = != is accepted",
		"label==7":         "value =7: a label's name, or name=value, is accepted",
		"label":            "a value is missing: label=… is accepted",
		strings.Repeat("held ", filter.TermsMax+1): "filter has 65 terms: at most 64 are accepted",
		strings.Repeat(" ", filter.BytesMax+1):     "filter has 8193 bytes: at most 8192 are accepted",
	} {
		if f, err := filter.Parse(expression); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40s: %v, %v: should say %s", expression, f, err, says)
		}
	}
}

// Whatever is quoted means itself.
func TestQuote(t *testing.T) {
	for _, s := range []string{"", "plain", "a b", `"`, `\`, `a\"b,*`, "*", "x*", "täsk", "a\tb", "!="} {
		f, err := filter.Parse("key=" + filter.Quote(s))
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		for _, key := range []string{s, s + "x"} {
			task := journal.Task{State: journal.Pending, Spec: &journal.Spec{Key: key}}
			if got := f.Match(&task, 0); got != (key == s) {
				t.Errorf("key=%s matches %q: %v", filter.Quote(s), key, got)
			}
		}
	}
}

func TestParts(t *testing.T) {
	for expression, want := range map[string][3]bool{
		"": {true, false, false}, "state=any": {true, true, true}, "state=done": {false, true, true},
		"state=done,pending": {true, true, true}, "state=done state=pending": {false, false, true},
	} {
		f, err := filter.Parse(expression)
		if err != nil {
			t.Fatal(err)
		}
		if live, ended := f.Parts(); live != want[0] || ended != want[1] || f.NamesStates() != want[2] {
			t.Errorf("%s: %v, %v, %v", expression, live, ended, f.NamesStates())
		}
	}
}

func TestSince(t *testing.T) {
	for expression, want := range map[string]int64{
		"": 0, "newer-than=1h": nowMS - 3600_000, "since=1h": nowMS - 3600_000, "since=2026-01-31T10:00:00Z newer-than=4h": nowMS - 2*3600_000, "age<1h": nowMS - 3600_000,
		"age>1h": 0, "before=2026-01-31T10:00:00Z": 0,
	} {
		f, err := filter.Parse(expression)
		if err != nil || f.SinceMS(nowMS) != want {
			t.Errorf("%s: want %d, error %v", expression, want, err)
		}
	}
}

func TestHelp(t *testing.T) {
	seen := map[string]bool{}
	for _, line := range filter.Help() {
		if seen[line[0]] {
			t.Errorf("%s is explained twice", line[0])
		}
		seen[line[0]] = true
		if !strings.Contains(filter.Names(), line[0]) || line[1] == "" {
			t.Errorf("%q is not explained", line)
		}
	}
}

func FuzzParse(f *testing.F) {
	seeds := mutants.Texts("state=pending key=\"a\\\"\"* !held", "label.a!=b,c age>2h", "a=\"", "!", "=", "!=")
	task := sample()
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		if parsed, err := filter.Parse(string(input)); err == nil {
			parsed.Match(&task, nowMS)
		}
	})
}

// A group is found with those of its members that have rows of their own.
func TestGroup(t *testing.T) {
	group := journal.ID{1, 15: 1}
	whole, member, other := sample(), sample(), sample()
	whole.ID, whole.Tally = group, &journal.Tally{}
	member.Member = &journal.Member{Group: group}
	id := group.String()
	for _, text := range []string{id, strings.ToLower(id), id[:4] + "*"} {
		f, err := filter.Parse("group=" + text)
		if err != nil || !f.Match(&whole, nowMS) || !f.Match(&member, nowMS) || f.Match(&other, nowMS) {
			t.Errorf("group=%s: %v", text, err)
		}
	}
}

// A broadcast is its service's, and its members are for their workers before they are
// given to them.
func TestMatchBroadcast(t *testing.T) {
	id := journal.ID{15: 1}
	whole := journal.Task{ID: id, State: journal.Pending, Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToAll, Name: "hash"}}, Tally: &journal.Tally{Count: 1}}
	member := journal.Task{
		ID: journal.IDOf(id, 0), State: journal.Pending, OfAll: true, Pinned: "node7", Member: &journal.Member{Group: id},
		Spec: &journal.Spec{Target: whole.Spec.Target.OfMember()},
	}
	for expression, want := range map[string][2]bool{
		"service=hash": {true, true}, "worker=node7": {false, true}, "worker=node8": {false, false}, "group=" + id.String(): {true, true},
	} {
		f, err := filter.Parse(expression)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{f.Match(&whole, nowMS), f.Match(&member, nowMS)}; got != want {
			t.Errorf("%q matches the broadcast and its member: %v, want %v", expression, got, want)
		}
	}
}
