package answer

import (
	"cmp"
	"fmt"
	"slices"

	"bcp/broker"
	"bcp/broker/view"
	"bcp/journal"
)

// explanation is one whose reasons are looked for.
type explanation view.Explanation

// reasons lists what keeps the task where it is, one entry for each: first what stays so
// until somebody does something. A task that waits between tries can be tried at once.
func reasons(e *view.Explanation, betweenTries bool) []view.Reason {
	v := (*explanation)(e)
	own, delayed := v.ownReasons(), v.delayReasons(betweenTries)
	if v.Whole != nil {
		array := []view.Reason{{Code: "array", About: v.Whole.Task.ID}}
		return slices.Concat(own, delayed, array, v.Whole.Reasons)
	}
	others, workers := slices.Concat(v.waitReasons(), delayed, v.limitReasons()), v.workerReasons()
	if v.lasting() { // it stays so, whatever else is over
		return slices.Concat(own, workers, others)
	}
	if len(own)+len(others) > 0 { // no worker would help it now
		for i := range workers {
			workers[i].Advice = ""
		}
	}
	return slices.Concat(own, others, workers)
}

// ownReasons are those that lie in the broker or in the task itself.
func (v *explanation) ownReasons() (list []view.Reason) {
	t := &v.Task
	if v.Stopping && v.Whole == nil {
		list = append(list, view.Reason{Code: "stopping", Advice: "start the broker again"})
	}
	switch {
	case t.Ended && t.State != journal.Done.String():
		list = append(list, view.Reason{Code: "ended", Why: t.Reason, Advice: "try it again as another task: bcp-ctl tasks retry " + t.ID})
	case t.Exhausted:
		advice := fmt.Sprintf("try it again: bcp-ctl tasks retry %s; or give it up: bcp-ctl tasks drop %s", t.ID, t.ID)
		list = append(list, view.Reason{Code: "exhausted", Why: t.Reason, Advice: advice})
	case t.Held:
		list = append(list, view.Reason{Code: "held", Advice: "let it go on: bcp-ctl tasks release " + t.ID})
	}
	return list
}

func (v *explanation) delayReasons(betweenTries bool) []view.Reason {
	if v.Task.State != journal.Pending.String() || v.Task.NotBeforeAt <= v.Now {
		return nil
	}
	return []view.Reason{{Code: "delayed", Advice: delayAdvice(&v.Task, betweenTries)}}
}

func (v *explanation) waitReasons() (list []view.Reason) {
	for _, w := range v.WaitsFor {
		list = append(list, view.Reason{Code: "waits-for", About: w.ID, Why: w.State, Advice: waitAdvice(&w)})
	}
	return list
}

func (v *explanation) limitReasons() (list []view.Reason) {
	for i := range v.Limits {
		l := &v.Limits[i]
		list = append(list, view.Reason{Code: "limit", About: l.Limit, Advice: limitAdvice(&v.Task, l)})
	}
	return list
}

func limitAdvice(t *view.Task, l *view.Limiting) string {
	switch {
	case l.Limit == broker.ArrayRunning:
		return fmt.Sprintf("wait until one is over, or let more of its members run: bcp-ctl tasks edit %s --array-running N", cmp.Or(t.Array, t.ID))
	case l.Own:
		return fmt.Sprintf("wait until one is over, or change its own limit: bcp-ctl tasks edit %s --limit-key", t.ID)
	}
	return "wait until it may go, or raise the limit: bcp-ctl limits set " + l.Limit
}

func delayAdvice(t *view.Task, betweenTries bool) string {
	if betweenTries {
		return "try it at once: bcp-ctl tasks retry " + t.ID
	}
	return fmt.Sprintf("let it go at once: bcp-ctl tasks edit %s --clear delay,not-before", t.ID)
}

func waitAdvice(w *view.Waiting) string {
	if w.Held {
		return "let that one go on: bcp-ctl tasks release " + w.ID
	}
	return ""
}

// workerReasons tell why no worker has taken the task, or what is with the one that has.
func (v *explanation) workerReasons() (list []view.Reason) {
	t := &v.Task
	if h := v.Holder; h != nil && h.State == view.WorkerAway {
		return []view.Reason{{Code: "holder-away", About: h.Name, Advice: fmt.Sprintf("bring worker %s back, or cancel the task", h.Name)}}
	}
	if v.HeldBack {
		return []view.Reason{{Code: "held-back", About: v.Holder.Name}}
	}
	if !v.waits() {
		return nil
	}
	if v.CandidateCount == 0 {
		return []view.Reason{{Code: "no-worker", About: t.Target.Name, Advice: "start " + missingText(t.Target) + v.orMove()}}
	}
	for i := range v.Candidates {
		c := &v.Candidates[i]
		list = append(list, view.Reason{Code: "worker", About: c.Name, Why: c.Why, Advice: v.standingAdvice(c)})
	}
	if q := v.Queue; q != nil && q.Before > 0 {
		list = append(list, view.Reason{Code: "queue", Advice: fmt.Sprintf("put it before others: bcp-ctl tasks edit %s --priority N", t.ID)})
	}
	return list
}

// lasting tells whether no worker is what the task asks for. Those that are come first.
func (v *explanation) lasting() bool {
	return v.CandidateCount == 0 || len(v.Candidates) > 0 && broker.WhyNamed(v.Candidates[0].Why).Lasts()
}

// waits tells whether the task waits for a worker: itself, or with members that have
// not started. Those that have, have reasons of their own.
func (v *explanation) waits() bool {
	t := &v.Task
	switch {
	case t.Members == nil:
		return t.State == journal.Pending.String()
	case t.Target.Kind == view.TargetAll:
		return t.State == journal.Pending.String() && t.Members.Members == 0
	}
	return v.Unstarted > 0
}

// orMove tells how to give the task to others, if that can be done.
func (v *explanation) orMove() string {
	t := &v.Task
	if t.Target.Kind == view.TargetAll || t.State != journal.Pending.String() {
		return ""
	}
	return fmt.Sprintf(", or give the task to others: bcp-ctl tasks move %s --to-worker or --to-service", t.ID)
}

func missingText(t view.Target) string {
	switch t.Kind {
	case view.TargetWorker:
		return "worker " + t.Name
	case view.TargetService, view.TargetAll:
		if t.Name != "" {
			return "a worker of service " + t.Name
		}
	}
	return "a worker"
}

// standingAdvice tells what would let a worker take the task.
func (v *explanation) standingAdvice(s *view.Standing) string {
	t := &v.Task
	edit := "change what the task asks for: bcp-ctl tasks edit " + t.ID
	switch s.Why {
	case broker.NoMatch.String():
		return fmt.Sprintf("start a worker for which %s holds, or %s --where", s.Term, edit)
	case broker.TooSmall.String():
		return fmt.Sprintf("start a worker with %s=%s, or %s --resource", s.Resource, s.Needs, edit)
	case broker.Full.String():
		return fmt.Sprintf("wait, start %s with %s=%s free, or %s --resource", missingText(t.Target), s.Resource, s.Needs, edit)
	case broker.Busy.String(), broker.Kept.String():
		return fmt.Sprintf("start %s", moreText(t.Target))
	case broker.Draining.String():
		return fmt.Sprintf("start worker %s anew when it has gone, or start %s", s.Name, moreText(t.Target))
	case broker.Away.String():
		return fmt.Sprintf("bring worker %s back", s.Name)
	case broker.Declined.String():
		return fmt.Sprintf("let it be asked again: bcp-ctl tasks hold %s, and then tasks release", t.ID) + v.orMove()
	}
	return ""
}

func moreText(t view.Target) string {
	if t.Kind == view.TargetService {
		return "another worker of service " + t.Name
	}
	return "a worker with more slots"
}
