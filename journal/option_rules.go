package journal

import (
	"errors"
	"fmt"
)

// CheckOptions tells whether what is asked for with a task is acceptable, option
// by option and together. It is the one place that knows.
func CheckOptions(s *Spec) error {
	for i := range Options {
		if err := Options[i].Check(s); err != nil {
			return err
		}
	}
	return CheckTogether(s)
}

// CheckTogether is CheckOptions without the look at each option by itself, for options that
// were looked at when they were set.
func CheckTogether(s *Spec) error {
	for _, rule := range optionRules {
		if err := rule(s); err != nil {
			return err
		}
	}
	return nil
}

// optionRules are what options must be together.
var optionRules = []func(*Spec) error{arrayRule, allRule, preferRule, retryRule, sameWorkerRule, targetRule}

func preferRule(s *Spec) error {
	switch {
	case s.Prefer != "" && s.PreferForMS == 0:
		return fmt.Errorf("prefer %q: only accepted with prefer-for above 0", s.Prefer)
	case s.Prefer == "" && s.PreferForMS != 0:
		return fmt.Errorf("prefer-for %s: only accepted with prefer", FormatDuration(s.PreferForMS))
	}
	return nil
}

func retryRule(s *Spec) error {
	switch most := s.RetryDelayMaxMS; {
	case most != 0 && s.RetryDelayMS == 0:
		return fmt.Errorf("retry-delay-max %s: only accepted with retry-delay above 0, which it is the most of", FormatDuration(most))
	case most != 0 && most < s.RetryDelayMS:
		return fmt.Errorf("retry-delay-max %s: no less than retry-delay, %s, is accepted", FormatDuration(most), FormatDuration(s.RetryDelayMS))
	case s.RetryJitter != 0 && s.RetryDelayMS == 0:
		return fmt.Errorf("retry-jitter %d%%: only accepted with retry-delay above 0, which it is a part of", s.RetryJitter)
	}
	return nil
}

func sameWorkerRule(s *Spec) error {
	if n := workersWanted(s); n > 1 {
		return fmt.Errorf("same-worker-as: %d tasks: one is accepted", n)
	}
	return nil
}

func targetRule(s *Spec) error {
	if s.Target.Kind == ToAny && s.Where == "" && workersWanted(s) == 0 {
		return errors.New("target: a worker, a service, where, or the same worker as another task is accepted")
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
