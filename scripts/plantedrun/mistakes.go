package main

// mistakes are the known ones: each one like it has been made in some broker.
var mistakes = []mistake{
	{name: "any attempt's word counts", file: "broker/attempt.go", old: "t.worker == nil || t.Attempt != ref.Attempt", made: "t.worker == nil"},
	{name: "any worker's word counts", file: "broker/attempt.go", old: "if t != nil && t.worker != w {", made: "if t != nil && w == nil {"},
	{name: "a start is journaled again", file: "broker/attempt.go", old: "if t.StartedMS != 0 {\n\t\treturn", made: "if t.StartedMS < 0 {\n\t\treturn"},
	{name: "a stale outcome is not acknowledged", file: "broker/attempt.go", old: "\tb.send(from, &wire.OutcomeAck{Ref: m.Ref})", made: "\tif t != nil {\n\t\tb.send(from, &wire.OutcomeAck{Ref: m.Ref})\n\t}"},
	{name: "a result over the limit is taken", file: "broker/attempt.go", old: "m.PayloadSize() <= b.cfg.BodyMax", made: "m.PayloadSize() >= 0"},

	{name: "a missing attempt is not missed", file: "broker/reconcile.go", old: "case t.seq <= seen:", made: "case t.seq < 1 && t.seq > seen:"},
	{name: "a dispatch is not sent again", file: "broker/reconcile.go", old: "\tcase overdue:\n\t\tb.sendDispatch(now, t)", made: "\tcase overdue:"},
	{name: "a stale attempt is not stopped", file: "broker/reconcile.go", old: "if item.Phase != wire.PhaseEnded {\n", made: "if item.Phase != item.Phase {\n"},
	{name: "a cancel is forgotten over a restart", file: "broker/reconcile.go", old: "if item.Phase != wire.PhaseEnded && t.stopped() {", made: "if item.Phase != item.Phase {"},
	{name: "a worker that is back is not asked what it has", file: "broker/register.go", old: "b.reconcile(now, w, m.Inventory, 0)", made: "b.reconcile(now, w, nil, 1<<62)"},
	{name: "a live worker's name is given away", file: "broker/register.go", old: "w.instance == m.Instance && !m.NoInventory:", made: "!m.NoInventory:"},
	{name: "a task doesn't wait for its worker", file: "broker/worker.go", old: "if t.stopped() || b.policy(t) != journal.LossWait {", made: "if t.worker == w {"},
	{name: "a drained worker is given tasks", file: "broker/worker.go", old: "return w.live && !w.draining && w.free() > 0", made: "return w.live && w.free() > 0"},
	{name: "a worker has one slot more", file: "broker/worker.go", old: "return w.slots - w.attempts.len }", made: "return w.slots + 1 - w.attempts.len }"},

	{name: "one try too many", file: "broker/fail.go", old: "t.Tries+1 >= t.Spec.Tries", made: "t.Tries >= t.Spec.Tries"},
	{name: "tries are not counted", file: "journal/tries.go", old: "\t\tt.Tries++", made: "\t\tt.Tries += 0"},
	{name: "losses are not counted", file: "journal/tries.go", old: "\t\tt.Losses++", made: "\t\tt.Losses += 0"},
	{name: "a fatal error is tried again", file: "broker/fail.go", old: "f.why == journal.ReasonLifeTimeout || t.Spec.IsFatal(f.class)", made: "f.why == journal.ReasonLifeTimeout"},
	{name: "no wait before the next try", file: "broker/fail.go", old: "b.settleFailure(now, t, f, retryDelayMS(t))", made: "b.settleFailure(now, t, f, 0)"},

	{name: "a dependency's edge is dropped", file: "broker/after.go", old: "\tlist.tasks = append(list.tasks, t)", made: "\tif len(list.tasks) == 0 {\n\t\tlist.tasks = append(list.tasks, t)\n\t}"},
	{name: "any end meets a dependency", file: "broker/after.go", old: "case d.Wants.MetBy(first.State):", made: "case first.State.Ended():"},
	{name: "a dependency is not looked at over a restart", file: "broker/broker.go", old: "if b.await(now, t); t.State.Ended() {", made: "if t.State.Ended() {"},

	{name: "what is held goes", file: "broker/queue.go", old: "return t.Held || len(t.Waits) > 0", made: "return len(t.Waits) > 0"},
	{name: "a task goes before its time", file: "broker/queue.go", old: "|| t.NotBeforeMS > now.WallMS ||", made: "||"},
	{name: "ageing the wrong way round", file: "broker/queue.go", old: "int64(t.ID.Time()) - int64(t.Spec.Priority)*ageingMS", made: "int64(t.ID.Time()) + int64(t.Spec.Priority)*ageingMS"},
	{name: "clients don't take turns", file: "broker/line.go", old: "\tt.age = from\n", made: ""},
	{name: "no queue time-out", file: "broker/deadline.go", old: "\t\tadd(from, t.Spec.QueueTimeoutMS, journal.ReasonQueueTimeout)\n", made: ""},
	{name: "no run time-out", file: "broker/deadline.go", old: "\t\tadd(t.began(now, t.StartedMS), t.Spec.RunTimeoutMS, journal.ReasonRunTimeout)\n", made: ""},
	{name: "no start time-out", file: "broker/deadline.go", old: "add(t.left(now), t.Spec.StartTimeoutMS, journal.ReasonStartTimeout)", made: ""},
	{name: "a silent attempt goes on", file: "broker/deadline.go", old: "\t\t\tadd(t.lastWord(), t.Spec.SilenceTimeoutMS, journal.ReasonSilence)\n", made: ""},

	{name: "a limit's slot is leaked", file: "broker/limiter.go", old: "\t\ts.out--\n", made: "\t\tif s.ref.scope != journal.LimitKey {\n\t\t\ts.out--\n\t\t}\n"},
	{name: "a limit doesn't count", file: "broker/limiter.go", old: "\t\ts.out++\n", made: "\t\tif s.ref.scope != journal.LimitKey {\n\t\t\ts.out++\n\t\t}\n"},
	{name: "a limit wakes nobody", file: "broker/limiter.go", old: "\t\tb.freed = append(b.freed, l)\n", made: ""},
	{name: "a rate begins with a burst after a restart", file: "broker/bucket.go", old: "\t\t\tl.paid = now.Mono + time.Duration(l.burst)*l.interval()\n", made: ""},
	{name: "resources are not taken", file: "broker/dispatch.go", old: "\tw.left.Add(needsOf(t.Spec), -1)\n", made: ""},
	{name: "resources are not given back", file: "broker/dispatch.go", old: "\tw.left.Add(needsOf(t.Spec), +1)\n", made: ""},
	{name: "the busiest worker gets it", file: "broker/crew.go", old: "a != b {\n\t\treturn a > b", made: "a != b {\n\t\treturn a < b"},
	{name: "an array fills one worker first", file: "broker/aside.go", old: "!b.serveWorker(now, w) {\n\t\t\treturn\n\t\t}", made: "!b.serveWorker(now, w) {\n\t\t\treturn\n\t\t} else {\n\t\t\tb.fillWorker(now, w)\n\t\t}"},
	{name: "a worker is given what it has declined", file: "broker/demand.go", old: "case slices.Contains(d.declined, journal.Decline{Worker: w.name, Instance: w.instance}):", made: "case len(d.declined) > 1000:"},

	{name: "an array ends twice", file: "broker/group_end.go", old: "\tcase g.busy || g.whole.State.Ended():\n", made: ""},
	{name: "an array's failures don't stop it", file: "broker/group.go", old: "return most > 0 && g.whole.Tally.Failed >= most", made: "return most > 0 && g.whole.Tally.Failed > most"},
	{name: "as many members at a time as there are", file: "broker/limiter.go", old: "share{&t.group.limiter, t.group.whole.Spec.ArrayRunning}", made: "share{&t.group.limiter, 0}"},

	{name: "another body under the same key", file: "broker/submit.go", old: "if known.Spec.Digest == m.Spec.Digest {", made: "if known.Spec != nil {"},
	{name: "a key is forgotten with its task", file: "broker/forgotten.go", old: "case !known || s.peer.Dialect", made: "case known || s.peer.Dialect"},
	{name: "IDs follow the wall clock back", file: "broker/ids.go", old: "ms > s.last.Time()", made: "ms != s.last.Time()"},
	{name: "a task is forgotten before its end is on the disk", file: "broker/broker.go", old: "b.ended[n].endMark <= mark {", made: "b.ended[n].endMark <= mark+1 {"},
	{name: "an end is not told again", file: "broker/session.go", old: "\tb.retell(now, s, b.resendable(now, s))\n", made: ""},
	{name: "ends that wait for room are not told", file: "broker/tell.go", old: "\tfor len(s.later) > 0 {\n", made: "\tfor len(s.later) > 1 {\n"},
	{name: "a state takes the place of a later one", file: "broker/checkpoint.go", old: "return last == nil || m.Attempt > last.Attempt || m.Seq > last.Seq", made: "return last == nil || m.Attempt >= last.Attempt"},
	{name: "an attempt is not given what was saved", file: "broker/dispatch.go", old: "\t\tload = LoadAttempt\n", made: "\t\tload = LoadBody\n"},

	{name: "a queue counts what is out no more", file: "broker/meter.go", old: "\tb.meters.count(before.runs, &before.stand, -1)\n", made: ""},
	{name: "who is busy is told to be free", file: "broker/obstacle.go", old: "case w.free() <= 0:", made: "case w.free() < 0:"},
	{name: "tasks of other services are found as well", file: "journal/filter/names.go", old: "namesService(t.Spec.Target) && is(t.Spec.Target.Name)", made: "namesService(t.Spec.Target)"},

	{name: "a live task is pruned with the array before it", file: "journal/mem_prune.go", old: "p.disk.list(Range{Ended: true, After: id})", made: "p.disk.list(Range{Ended: true, Live: true, After: id, Limit: int(func() uint32 { last = IDPlus(last, 1); return 1 }())})"},
	{name: "one more is pruned than is over", file: "journal/mem_prune.go", old: "\texcess := max(len(list)-", made: "\texcess := 1 + max(len(list)-"},
	{name: "a commit that failed is taken for a good one", file: "broker/sim/commit.go", old: "if err != nil && w.mistake != SurviveFailedCommit {", made: "if err != nil && w.healed {"},
	{name: "a commit is not synced", file: "journal/bolt/open.go", old: "options := &bbolt.Options{", made: "options := &bbolt.Options{NoSync: true,", trial: "power"},
	{name: "sends leave before the commit", file: "broker/sim/commit.go", old: "if w.mistake == SendBeforeCommit {", made: "if w.mistake == NoMistake {"},
}
