package worker

import (
	"fmt"

	"bcp/worker/session"
)

// report logs what an operator wants to know. These lines are what scripts
// wait for: keep their wording.
func (l *loop) report(ev session.Event) {
	switch ev.Kind {
	case session.EventRegistered:
		l.known = true
		l.log.Info("registered", "broker", ev.Text, "slots", l.cfg.Slots, "services", l.cfg.Services)
	case session.EventNameTaken:
		l.log.Warn("name is taken by a live worker; trying again each heartbeat", "answer", ev.Text)
	case session.EventRefused:
		l.log.Warn("registration refused for now; trying again each heartbeat", "answer", ev.Text)
	case session.EventRejected:
		l.err = fmt.Errorf("%w: %s", ErrRejected, ev.Text)
	case session.EventLost:
		l.log.Warn("broker is silent; connecting again until it answers", "why", l.whyLost(ev.Text))
	case session.EventStranger:
		l.log.Warn("broker has another journal, and knows nothing of what is here: it is stopped", "broker", ev.Text)
	case session.EventLeft:
		l.log.Info("broker leaves; waiting for it to be back")
	}
}

// whyLost adds why there is no connection to what the session knows.
func (l *loop) whyLost(heard string) string {
	if err := l.dealer.Trouble(); err != nil {
		return heard + ": " + err.Error()
	}
	return heard
}
