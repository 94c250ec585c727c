package client

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// submit makes the message that asks for the task.
func (t *Task) submit() (*wire.Submit, error) {
	if !t.namesTarget() {
		return nil, ErrTarget
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	spec := t.spec()
	if err := wire.CheckSpec(spec); err != nil {
		return nil, err
	}
	if len(t.Body) > wire.MaxBody {
		return nil, wire.Errorf(wire.CodeTooLarge, "body has %d bytes: at most %d are accepted", len(t.Body), wire.MaxBody)
	}
	return &wire.Submit{
		Spec:      spec,
		WantStart: t.OnStart != nil || t.OnProgress != nil || t.OnExhausted != nil,
		Quiet:     t.Detached,
		Body:      t.Body,
	}, nil
}

// namesTarget tells whether the task says who shall do it, and once.
func (t *Task) namesTarget() bool {
	switch {
	case t.All:
		return t.Worker == "" && t.SameWorkerAs.IsZero() && (t.Service != "" || t.Where != "")
	case t.Worker != "" && t.Service != "":
		return false
	}
	return t.target().Kind != journal.ToAny || t.Where != "" || !t.SameWorkerAs.IsZero()
}

// check refuses what a spec would not say as it is meant.
func (t *Task) check() error {
	for name := range t.Labels {
		if strings.Contains(name, "=") {
			return wire.Errorf(wire.CodeBadOption, `label %q: a name without "=" is accepted`, name)
		}
	}
	if err := t.checkCounts(); err != nil {
		return err
	}
	if refused := wire.CheckSelectors(&journal.Spec{Where: t.Where, Prefer: t.Prefer}); refused != nil {
		return refused
	}
	return nil
}

// checkCounts refuses what a spec has no room for. 0 means the default.
func (t *Task) checkCounts() error {
	losses := t.LossMax
	if losses == NoLoss {
		losses = 0
	}
	for _, o := range []struct {
		name string
		n    int
	}{
		{"tries", t.Tries},
		{"loss-max", losses},
		{"priority", t.Priority},
		{"retry-jitter", t.RetryJitter},
		{"array-running", t.ArrayRunning},
		{"array-failures", t.ArrayFailures},
	} {
		if o.n == 0 {
			continue
		}
		if err := journal.OptionNamed(o.name).SetValue(new(journal.Spec), int64(o.n)); err != nil {
			return wire.Errorf(wire.CodeBadOption, "%v", err)
		}
	}
	return nil
}

// spec is what is asked for with the task: a copy, for it may be said again much later.
func (t *Task) spec() *journal.Spec {
	return &journal.Spec{
		Key:            t.Key,
		Target:         t.target(),
		Argv:           slices.Clone(t.Argv),
		Tries:          uint32(cmp.Or(t.Tries, 1)),
		LossMax:        t.lossMax(),
		OnLoss:         t.OnLoss,
		StartTimeoutMS: wholeMS(t.StartTimeout),
		RunTimeoutMS:   wholeMS(t.RunTimeout),
		QueueTimeoutMS: wholeMS(t.QueueTimeout),
		CancelGraceMS:  wholeMS(t.CancelGrace),

		Priority:        int32(t.Priority),
		DelayMS:         wholeMS(t.Delay),
		NotBeforeMS:     unixMS(t.NotBefore),
		Hold:            t.Hold,
		RetryDelayMS:    wholeMS(t.RetryDelay),
		RetryDelayMaxMS: wholeMS(t.RetryDelayMax),
		RetryJitter:     uint32(t.RetryJitter),

		TriesCount:       t.Counts,
		FatalClasses:     slices.Clone(t.FatalClasses),
		SilenceTimeoutMS: wholeMS(t.SilenceTimeout),
		LifeTimeoutMS:    wholeMS(t.LifeTimeout),
		HoldExhausted:    t.HoldExhausted,

		Where:       t.Where,
		Resources:   wire.Pairs(t.Resources),
		Prefer:      t.Prefer,
		PreferForMS: wholeMS(t.PreferFor),

		Array:         t.Array,
		ArrayRunning:  uint32(t.ArrayRunning),
		ArrayFailures: uint32(t.ArrayFailures),

		LateJoiners: t.LateJoiners,
		OnAway:      t.OnAway,

		After:     t.after(),
		FailUnmet: t.FailUnmet,
		KeepMS:    wholeMS(t.Keep),
		LimitKeys: slices.Clone(t.LimitKeys),
		Labels:    wire.Pairs(t.Labels),
		RetryOf:   t.RetryOf,
	}
}

// lossMax is what stands for LossMax in a spec.
func (t *Task) lossMax() uint32 {
	if t.LossMax == NoLoss {
		return journal.NoLoss
	}
	return uint32(t.LossMax)
}

// wholeMS returns the time in milliseconds, away from zero: no limit is another thing
// than a short one.
func wholeMS(d time.Duration) int64 {
	ms := d.Truncate(time.Millisecond)
	switch {
	case d > ms:
		ms += time.Millisecond
	case d < ms:
		ms -= time.Millisecond
	}
	return ms.Milliseconds()
}

func (t *Task) target() journal.Target {
	switch {
	case t.All:
		return journal.Target{Kind: journal.ToAll, Name: t.Service}
	case t.Worker != "":
		return journal.Target{Kind: journal.ToWorker, Name: t.Worker}
	case t.Service != "":
		return journal.Target{Kind: journal.ToService, Name: t.Service}
	}
	return journal.Target{Kind: journal.ToAny}
}

// after is all that the task waits for.
func (t *Task) after() []journal.Dependency {
	all := slices.Clone(t.After)
	if t.SameWorkerAs != (journal.ID{}) {
		all = append(all, journal.Dependency{Task: t.SameWorkerAs, Wants: journal.WantsWorker})
	}
	return all
}

// unixMS returns the time in Unix milliseconds, 0 for none.
func unixMS(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
