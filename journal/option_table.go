package journal

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"bcp/journal/place"
)

// Limits of what can be asked for.
const (
	MaxName         = 255                         // bytes in a name: one length byte in a log line, a file name
	MaxLabels       = 64                          // of one task
	MaxAfter        = 256                         // tasks that one waits for: its row has them all
	MaxPriority     = 100                         // and as much below 0
	MaxFatalClasses = 64                          // of one task
	MaxTries        = 1000                        // a task's row keeps every attempt
	MaxTimeoutMS    = 10 * 365 * 24 * 3600 * 1000 // ten years: beyond it a mistyped unit is likelier
	MaxOptionBytes  = 32 << 10                    // in the texts of one option: they are in every row
	MaxLimitKeys    = 16                          // of one task: each costs a look at every dispatch
)

// Options is all that can be asked for with a task, in order of number. The
// list is append-only: numbers are on the wire and on disk. An option changes what the
// task means, so an unknown one is refused, never ignored.
var Options = []Option{
	number(1, "tries", 1, MaxTries, func(s *Spec) *uint32 { return &s.Tries }).
		otherwise(1, "1").about("attempts that may fail by the task's own fault, `n` in all").always(),
	number(2, "loss-max", 0, MaxTries, func(s *Spec) *uint32 { return &s.LossMax }).
		otherwise(0, "the broker's").noneIs(NoLoss).about("fail when more than `n` workers were lost under it").always(),
	choice(3, "on-worker-lost", lossPolicyNames[:], func(s *Spec) *LossPolicy { return &s.OnLoss }).
		otherwise(0, "the broker's").about("`what` becomes of it if its worker is lost: requeue, wait or fail").always(),
	duration(4, "start-timeout", func(s *Spec) *int64 { return &s.StartTimeoutMS }).
		otherwise(0, "none").about("from the dispatch to the worker's confirmation").always(),
	duration(5, "run-timeout", func(s *Spec) *int64 { return &s.RunTimeoutMS }).
		otherwise(0, "none").about("from the start to the end of an attempt").always(),
	duration(6, "queue-timeout", func(s *Spec) *int64 { return &s.QueueTimeoutMS }).
		otherwise(0, "none").about("while it waits for a worker").always(),
	duration(7, "cancel-grace", func(s *Spec) *int64 { return &s.CancelGraceMS }).
		otherwise(0, "the broker's").atLeast(1).about("from TERM to KILL when it is stopped").always(),
	number(8, "priority", -MaxPriority, MaxPriority, func(s *Spec) *int32 { return &s.Priority }).
		about("`n` from -100 to 100: the higher goes first; a minute of waiting makes up for one").always(),
	duration(9, "delay", func(s *Spec) *int64 { return &s.DelayMS }).
		otherwise(0, "none").about("do not dispatch it for so long").ofGroup(),
	{
		Number: 10, Name: "not-before", Group: true, Sort: Moment, High: math.MaxInt64,
		About: "do not dispatch it before this time, or for this long from now",
		get:   func(s *Spec) int64 { return s.NotBeforeMS },
		set:   func(s *Spec, n int64) { s.NotBeforeMS = n },
	},
	toggle(11, "hold", func(s *Spec) *bool { return &s.Hold }).
		about("put it aside until it is released: see tasks release").ofGroup(),
	duration(12, "retry-delay", func(s *Spec) *int64 { return &s.RetryDelayMS }).
		otherwise(0, "none").about("wait after a failure before the next attempt").always(),
	duration(13, "retry-delay-max", func(s *Spec) *int64 { return &s.RetryDelayMaxMS }).
		otherwise(0, "no doubling").about("double the wait with each failure more, up to this").always(),
	{
		Number: 14, Name: "on-unmet", Group: true, Edit: EditAlways, Sort: Choice, High: 1, Words: []string{"cancel", "fail"}, Unless: "cancel",
		About: "`what` becomes of it when a task that it waits for ends the other way: cancel or fail",
		get:   func(s *Spec) int64 { return asNumber(s.FailUnmet) },
		set:   func(s *Spec, n int64) { s.FailUnmet = n != 0 },
	},
	{
		Number: 15, Name: "after", Group: true, Edit: EditNever, Sort: Tasks, High: MaxAfter,
		About: "do not dispatch it before this `task` has ended: TASK or TASK:ok when it must end well, TASK:failed, TASK:any; repeatable",
		check: checkDependency,
		texts: func(s *Spec) []string { return dependencyTexts(s.After) },
		put: func(s *Spec, texts []string) (err error) {
			s.After, err = parseDependencies(texts)
			return err
		},
	},
	several(16, "label", MaxLabels, func(s *Spec) *[]string { return &s.Labels }, CheckPair).
		about("`name=value` to find it by; repeatable").always(),
	text(17, "where", func(s *Spec) *string { return &s.Where }, checkSelector).
		about("only workers that match the `selector`, as gpu=a100|h100,zone!=b,ssd,!old or worker=n7; without --worker and --service, any that does"),
	several(18, "resource", place.MaxResources, func(s *Spec) *[]string { return &s.Resources }, checkResource).
		about("`name=amount` that it takes of its worker while it is there, as cpu=2 or mem=1.5GiB; repeatable"),
	text(19, "prefer", func(s *Spec) *string { return &s.Prefer }, checkSelector).
		about("only workers that match the `selector` as well, while it has waited for less than --prefer-for"),
	duration(20, "prefer-for", func(s *Spec) *int64 { return &s.PreferForMS }).
		otherwise(0, "none").about("how long it waits for a worker that it prefers"),
	percent(21, "retry-jitter", 100, func(s *Spec) *uint32 { return &s.RetryJitter }).
		otherwise(0, "none").about("make each wait longer or shorter, by up to so many `percent`, so that tasks don't come back all at once").always(),
	set(22, "tries-count", countNames, func(s *Spec) *Counts { return &s.TriesCount }).
		otherwise(0, "error,timeout").about("`what` uses up a try, of error, timeout and lost; anything else is tried again for free").always(),
	several(23, "fatal-class", MaxFatalClasses, func(s *Spec) *[]string { return &s.FatalClasses }, checkClass).
		whole().about("fail at once after an error of this `class`, whatever tries are left; repeatable").always(),
	duration(24, "silence-timeout", func(s *Spec) *int64 { return &s.SilenceTimeoutMS }).
		otherwise(0, "none").about("stop an attempt that its worker has said nothing of for so long").always(),
	duration(25, "life-timeout", func(s *Spec) *int64 { return &s.LifeTimeoutMS }).
		otherwise(0, "none").about("from the submit to the end, whatever it waits for and whatever tries are left").always(),
	{
		Number: 26, Name: "on-exhausted", Edit: EditAlways, Sort: Choice, High: 1, Words: []string{"fail", "hold"}, Unless: "fail",
		About: "`what` becomes of it when its tries are used up, or too many workers were lost: fail or hold",
		get:   func(s *Spec) int64 { return asNumber(s.HoldExhausted) },
		set:   func(s *Spec, n int64) { s.HoldExhausted = n != 0 },
	},
	several(28, "limit-key", MaxLimitKeys, func(s *Spec) *[]string { return &s.LimitKeys }, checkLimitKey).
		about("`key` whose tasks are limited in number; KEY=N says how many may run at a time, an operator's limit goes before that; repeatable"),
	{
		Number: 30, Name: "array", Group: true, Edit: EditNever, Sort: Text, High: 1,
		About: "make it an array of `n` members, each a task with its index, or of the indexes and ranges such as 0-99,120",
		check: checkIndexes,
		texts: func(s *Spec) []string { return oneText(s.Array) },
		put:   putIndexes,
	},
	number(31, "array-running", 0, MaxMembers, func(s *Spec) *uint32 { return &s.ArrayRunning }).
		otherwise(0, "no limit").about("at most `n` members of the array at a time").always().ofGroup(),
	number(32, "array-failures", 0, MaxMembers, func(s *Spec) *uint32 { return &s.ArrayFailures }).
		otherwise(0, "no limit").about("cancel the rest of the array when `n` members have failed").always().ofGroup(),
	toggle(33, "late-joiners", func(s *Spec) *bool { return &s.LateJoiners }).
		about("a broadcast is also for workers that register before it has ended").always().ofGroup(),
	choice(34, "on-away", awayNames[:], func(s *Spec) *AwayPolicy { return &s.OnAway }).
		otherwise(0, "wait").about("`what` becomes of a broadcast's member whose worker stays away: wait, skip or fail").always().ofGroup(),
	duration(37, "keep", func(s *Spec) *int64 { return &s.KeepMS }).
		otherwise(0, "the broker's").atLeast(1).about("keep it for so long after its end, with its result and history").always(),
	{
		Number: 39, Name: "retry-of", Edit: EditNever, Sort: Text, High: 1,
		About: "it does this `task` once more: for the record",
		check: checkTask,
		texts: func(s *Spec) []string { return taskTexts(s.RetryOf) },
		put: func(s *Spec, texts []string) (err error) {
			s.RetryOf, err = parseTask(texts)
			return err
		},
	},
}

// optionRules are what options must be together.
var optionRules = []func(*Spec) error{
	arrayRule,
	allRule,
	func(s *Spec) error {
		switch {
		case s.Prefer != "" && s.PreferForMS == 0:
			return fmt.Errorf("prefer %q: only accepted with prefer-for above 0", s.Prefer)
		case s.Prefer == "" && s.PreferForMS != 0:
			return fmt.Errorf("prefer-for %s: only accepted with prefer", FormatDuration(s.PreferForMS))
		}
		return nil
	},
	func(s *Spec) error {
		switch most := s.RetryDelayMaxMS; {
		case most != 0 && s.RetryDelayMS == 0:
			return fmt.Errorf("retry-delay-max %s: only accepted with retry-delay above 0, which it is the most of", FormatDuration(most))
		case most != 0 && most < s.RetryDelayMS:
			return fmt.Errorf("retry-delay-max %s: no less than retry-delay, %s, is accepted", FormatDuration(most), FormatDuration(s.RetryDelayMS))
		case s.RetryJitter != 0 && s.RetryDelayMS == 0:
			return fmt.Errorf("retry-jitter %d%%: only accepted with retry-delay above 0, which it is a part of", s.RetryJitter)
		}
		return nil
	},
	func(s *Spec) error {
		if n := workersWanted(s); n > 1 {
			return fmt.Errorf("after: the worker of %d tasks: that of one is accepted", n)
		}
		return nil
	},
	func(s *Spec) error {
		if s.Target.Kind == ToAny && s.Where == "" && workersWanted(s) == 0 {
			return errors.New("target: a worker, a service, where, or the same worker as another task is accepted")
		}
		return nil
	},
}

// byNumber finds options by their number, byTag by their tag in a row.
var byNumber, byTag = func() (numbers, tags [256]*Option) {
	for i := range Options {
		numbers[Options[i].Number], tags[Options[i].tag()] = &Options[i], &Options[i]
	}
	return numbers, tags
}()

// ---- how an option of each sort is made

func number[T uint32 | int32 | int64](n uint8, name string, low, high int64, field func(*Spec) *T) Option {
	return Option{
		Number: n, Name: name, Sort: Number, Low: low, High: high,
		get: func(s *Spec) int64 { return int64(*field(s)) },
		set: func(s *Spec, n int64) { *field(s) = T(n) },
	}
}

func duration(n uint8, name string, field func(*Spec) *int64) Option {
	o := number(n, name, 0, MaxTimeoutMS, field)
	o.Sort = Milliseconds
	return o
}

func percent(n uint8, name string, most int64, field func(*Spec) *uint32) Option {
	o := number(n, name, 0, most, field)
	o.Sort = Percent
	return o
}

// set is an option whose words are bits, the first one the lowest.
func set[T ~uint8](n uint8, name string, words []string, field func(*Spec) *T) Option {
	o := choice(n, name, words, field)
	o.Sort, o.High = Set, 1<<len(words)-1
	return o
}

func toggle(n uint8, name string, field func(*Spec) *bool) Option {
	return Option{
		Number: n, Name: name, Sort: Switch, High: 1,
		get: func(s *Spec) int64 { return asNumber(*field(s)) },
		set: func(s *Spec, n int64) { *field(s) = n != 0 },
	}
}

func choice[T ~uint8](n uint8, name string, words []string, field func(*Spec) *T) Option {
	return Option{
		Number: n, Name: name, Sort: Choice, High: int64(len(words) - 1), Words: words,
		get: func(s *Spec) int64 { return int64(*field(s)) },
		set: func(s *Spec, n int64) { *field(s) = T(n) },
	}
}

func several(n uint8, name string, most int64, field func(*Spec) *[]string, check func(string) error) Option {
	return Option{
		Number: n, Name: name, Sort: Texts, High: most, check: check,
		texts: func(s *Spec) []string { return *field(s) },
		put:   func(s *Spec, texts []string) error { *field(s) = texts; return nil },
	}
}

func text(n uint8, name string, field func(*Spec) *string, check func(string) error) Option {
	return Option{
		Number: n, Name: name, Sort: Text, High: 1, check: check,
		texts: func(s *Spec) []string { return oneText(*field(s)) },
		put:   func(s *Spec, texts []string) error { *field(s) = strings.Join(texts, ""); return nil },
	}
}

// oneText is the text of an option that has one, none if that is empty.
func oneText(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func (o Option) about(line string) Option {
	o.About = line
	return o
}

// whole says that all of a text tells it from others, and not only its name.
func (o Option) whole() Option {
	o.nameless = true
	return o
}

// always is for an option that can be changed while an attempt is out.
func (o Option) always() Option {
	o.Edit = EditAlways
	return o
}

// ofGroup is for an option that members don't inherit.
func (o Option) ofGroup() Option {
	o.Group = true
	return o
}

func (o Option) otherwise(n int64, words string) Option {
	o.Other, o.Unless = n, words
	return o
}

// noneIs says what stands in a spec for 0, where 0 there is what the broker says.
func (o Option) noneIs(n int64) Option {
	o.none = n
	return o
}

// atLeast is for an option of which 0 can't be asked for: there, it is what the
// broker says.
func (o Option) atLeast(n int64) Option {
	o.Low = n
	return o
}

func asNumber(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// ---- what the texts may be

// CheckPair tells what of a name=value, such as a label, is not acceptable.
func CheckPair(pair string) error {
	name, _, ok := strings.Cut(pair, "=")
	if !ok || len(pair) > MaxName || !Printable(name) || !Printable(strings.ReplaceAll(pair, " ", "_")) {
		return fmt.Errorf("name=value in printable UTF-8 of at most %d bytes is accepted, the name without spaces", MaxName)
	}
	return nil
}

func checkClass(class string) error {
	if len(class) > MaxName || !Printable(class) {
		return fmt.Errorf("printable UTF-8 of at most %d bytes without spaces is accepted", MaxName)
	}
	return nil
}

// workersWanted counts the tasks on whose worker it has to run.
func workersWanted(s *Spec) (n int) {
	for _, d := range s.After {
		if d.Wants == WantsWorker {
			n++
		}
	}
	return n
}

func checkSelector(text string) error {
	_, err := place.ParseSelector(text)
	return err
}

func checkResource(text string) error {
	_, err := place.ParseResource(text)
	return err
}

func checkTask(text string) error {
	if _, err := ulid.ParseStrict(text); err != nil {
		return errors.New("a task's ID, the 26 letters of a ULID, is accepted")
	}
	return nil
}

func taskTexts(id ID) []string {
	if id.IsZero() {
		return nil
	}
	return []string{id.String()}
}

func parseTask(texts []string) (ID, error) {
	if len(texts) == 0 {
		return ID{}, nil
	}
	return ulid.ParseStrict(texts[0])
}

// Printable tells whether a text is printable UTF-8 without spaces and not empty.
func Printable(s string) bool {
	for _, r := range s {
		if r == ' ' || !unicode.IsPrint(r) {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}

func dependencyTexts(list []Dependency) []string {
	if len(list) == 0 {
		return nil
	}
	texts := make([]string, len(list))
	for i, d := range list {
		texts[i] = d.String()
	}
	return texts
}

func parseDependencies(texts []string) ([]Dependency, error) {
	var list []Dependency
	for _, text := range texts {
		d, err := ParseDependency(text)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}
