package journal

import "bcp/journal/place"

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
	moment(10, "not-before", func(s *Spec) *int64 { return &s.NotBeforeMS }).
		about("do not dispatch it before this time, or for this long from now").ofGroup(),
	toggle(11, "hold", func(s *Spec) *bool { return &s.Hold }).
		about("put it aside until it is released: see tasks release").ofGroup(),
	duration(12, "retry-delay", func(s *Spec) *int64 { return &s.RetryDelayMS }).
		otherwise(0, "none").about("wait after a failure before the next attempt").always(),
	duration(13, "retry-delay-max", func(s *Spec) *int64 { return &s.RetryDelayMaxMS }).
		otherwise(0, "no doubling").about("double the wait with each failure more, up to this").always(),
	either(14, "on-unmet", "cancel", "fail", func(s *Spec) *bool { return &s.FailUnmet }).
		about("`what` becomes of it when a task that it waits for ends the other way: cancel or fail").always().ofGroup(),
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
		about("only workers that match the `selector`, as gpu=a100|h100,zone!=b,ssd,!old or worker=n7"),
	several(18, "resource", place.MaxResources, func(s *Spec) *[]string { return &s.Resources }, checkResource).
		about("`name=amount` that it takes of its worker while it is there, as cpu=2 or mem=1.5GiB; repeatable"),
	text(19, "prefer", func(s *Spec) *string { return &s.Prefer }, checkSelector).
		about("only workers that match the `selector` as well, while it has waited for less than --prefer-for"),
	duration(20, "prefer-for", func(s *Spec) *int64 { return &s.PreferForMS }).
		otherwise(0, "none").about("how long it waits for a worker that it prefers"),
	percent(21, "retry-jitter", func(s *Spec) *uint32 { return &s.RetryJitter }).
		otherwise(0, "none").about("make each wait longer or shorter, by up to so many `percent`, so that tasks don't come back all at once").always(),
	set(22, "tries-count", countNames, func(s *Spec) *Counts { return &s.TriesCount }).
		otherwise(0, "error,timeout").about("`what` uses up a try, of error, timeout and lost; anything else is tried again for free").always(),
	several(23, "fatal-class", MaxFatalClasses, func(s *Spec) *[]string { return &s.FatalClasses }, checkClass).
		whole().about("fail at once after an error of this `class`, whatever tries are left; repeatable").always(),
	duration(24, "silence-timeout", func(s *Spec) *int64 { return &s.SilenceTimeoutMS }).
		otherwise(0, "none").about("stop an attempt that its worker has said nothing of for so long").always(),
	duration(25, "life-timeout", func(s *Spec) *int64 { return &s.LifeTimeoutMS }).
		otherwise(0, "none").about("from the submit to the end, whatever it waits for and whatever tries are left").always(),
	either(26, "on-exhausted", "fail", "hold", func(s *Spec) *bool { return &s.HoldExhausted }).
		about("`what` becomes of it when its tries are used up, or too many workers were lost: fail or hold").always(),
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

// byNumber finds options by their number, byTag by their tag in a row.
var byNumber, byTag = func() (numbers, tags [256]*Option) {
	for i := range Options {
		numbers[Options[i].Number], tags[Options[i].tag()] = &Options[i], &Options[i]
	}
	return numbers, tags
}()
