package broker_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/datadriven"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// args are the key=value pairs of a script's command; the first word without a
// value is the peer.
type args map[string]string

func argsOf(d *datadriven.TestData) args {
	a := args{}
	for _, arg := range d.CmdArgs {
		switch {
		case len(arg.Vals) > 0:
			a[arg.Key] = strings.Join(arg.Vals, ",")
		case a["peer"] == "":
			a["peer"] = arg.Key
		case regexp.MustCompile(`^T(\d+(\.\d+)?|\?)(/\d+)?$`).MatchString(arg.Key):
			task, attempt, _ := strings.Cut(arg.Key, "/")
			a["task"], a["attempt"] = task, attempt
		default:
			a[arg.Key] = "yes"
		}
	}
	return a
}

func (a args) or(key, otherwise string) string {
	if v, ok := a[key]; ok {
		return v
	}
	return otherwise
}

func (a args) number(key string) uint64 {
	n, _ := strconv.ParseUint(a[key], 10, 64)
	return n
}

func (a args) duration(key string) time.Duration {
	d, _ := time.ParseDuration(a[key])
	return d
}

func (a args) list(key string) []string {
	if a[key] == "" {
		return nil
	}
	return strings.Split(a[key], ",")
}

func isBCP1(peer string) bool { return strings.HasPrefix(peer, "b1") }

func peer(name string) wire.Peer {
	p := wire.Peer{Route: name}
	switch {
	case strings.HasPrefix(name, "b1w"):
		p.Dialect = wire.BCP1Worker
	case strings.HasPrefix(name, "b1c"):
		p.Dialect = wire.BCP1Client
	case name == "op":
		p.Dialect = wire.Local
	case strings.HasPrefix(name, "w"):
		p.Dialect = wire.BCP2Worker
	case strings.HasPrefix(name, "c"):
		p.Dialect = wire.BCP2Client
	}
	return p
}

func peerName(p wire.Peer) string { return p.Route }

func verdict(name string) wire.Verdict {
	return map[string]wire.Verdict{
		"done": wire.VerdictDone, "failed": wire.VerdictFailed, "stopped": wire.VerdictStopped,
		"refused": wire.VerdictRefused, "returned": wire.VerdictReturned, "unknown": wire.VerdictUnknown,
		"elsewhere": wire.VerdictElsewhere, "never": wire.VerdictNever,
	}[name]
}

func (w *world) recordText(r *journal.Record) string {
	s := r.Kind.String()
	if r.Attempt > 0 {
		s += fmt.Sprintf(" attempt=%d worker=%s", r.Attempt, r.Worker)
	}
	if r.Kind == journal.KindMet {
		s += " " + w.name(r.Other)
		if r.Attempt == 0 && r.Worker != "" {
			s += " worker=" + r.Worker
		}
	}
	if r.DelayMS > 0 {
		s += fmt.Sprintf(" wait=%dms", r.DelayMS)
	}
	if r.Kind == journal.KindEnd {
		s += " " + r.State.String()
	}
	if r.Kind == journal.KindEdit {
		s += editText(r)
	}
	if r.Kind == journal.KindJoin {
		s += fmt.Sprintf(" worker=%s index=%d count=%d", r.Worker, r.Index, r.Count)
	}
	if r.Kind == journal.KindTally {
		s += fmt.Sprintf(" next=%d ahead=%d: %s", r.Tally.Next, r.Tally.Ahead, r.Tally.Numbers())
	}
	return s + words("reason", r.Reason.String()) + words("by", r.By) + words("text", w.alias(r.Text)) + words("class", r.Class) + words("payload", string(r.Payload))
}

func words(name, value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf(" %s=%q", name, value)
}

func loadText(l broker.Load) string {
	return map[broker.Load]string{
		broker.LoadBody: " (body from the journal)", broker.LoadAttempt: " (body and checkpoint from the journal)",
		broker.LoadResult: " (result from the journal)", broker.LoadFound: " (from the journal)",
	}[l]
}

// messageText prints what the core sends.
func (w *world) messageText(m wire.Message) string {
	switch m := m.(type) {
	case *wire.Welcome:
		return fmt.Sprintf("Welcome epoch=%d resumed=%v", m.Epoch, m.Resumed)
	case *wire.Refuse:
		return fmt.Sprintf("Refuse %s%s%s", m.Code, words("text", w.alias(m.Text)), words("key", m.Key))
	case *wire.Accepted:
		return fmt.Sprintf("Accepted %s %s known=%v", w.name(m.Task), m.State, m.Known)
	case *wire.BatchAccepted:
		text := "BatchAccepted"
		for i := range m.Accepted {
			text += "\n  " + w.messageText(&m.Accepted[i])
		}
		return text
	case *wire.Status:
		return fmt.Sprintf("Status %s %s attempt=%d%s%s", w.name(m.Task.ID), m.Task.State, m.Task.Attempt, words("reason", m.Task.Reason.String()), exhaustedText(&m.Task))
	case *wire.Started:
		return fmt.Sprintf("Started %s worker=%s", w.refText(m.Ref), m.Worker)
	case *wire.Progress:
		return fmt.Sprintf("Progress %s %v%s", w.refText(m.Ref), m.Fraction, words("text", m.Text))
	case *wire.ExtendAck:
		refused := ""
		if m.Code != 0 {
			refused = " " + m.Code.String() + words("text", w.alias(m.Text))
		}
		return fmt.Sprintf("ExtendAck %s seq=%d option=%d%s", w.refText(m.Ref), m.Seq, m.Option, refused)
	case *wire.CheckpointAck:
		return fmt.Sprintf("CheckpointAck %s seq=%d", w.refText(m.Ref), m.Seq)
	case *wire.Ended:
		return fmt.Sprintf("Ended %s %s%s%s%s", w.refText(m.Ref), m.State, words("reason", m.Reason.String()), words("text", w.alias(m.Text))+words("class", m.Class), words("result", string(m.Result)))
	case *wire.Dispatch:
		return fmt.Sprintf("Dispatch %s seq=%d service=%s%s", w.refText(m.Ref), m.Seq, m.Service, w.memberText(m.Member))
	case *wire.Stop:
		return fmt.Sprintf("Stop %s%s", w.refText(m.Ref), words("reason", m.Reason.String()))
	case *wire.OutcomeAck:
		return fmt.Sprintf("OutcomeAck %s", w.refText(m.Ref))
	case *wire.ReplayRow:
		return fmt.Sprintf("ReplayRow %s before=%s after=%s%s%s%s", w.name(m.Task), m.Before, m.After, words("worker", m.Worker), words("said", m.Said), words("action", w.alias(m.Action)))
	case *wire.ReplayEnd:
		return fmt.Sprintf("ReplayEnd tasks=%d", m.Tasks)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", m), "*wire.")
}

func exhaustedText(t *journal.Task) string {
	if t.Exhausted {
		return " exhausted"
	}
	return ""
}

func (w *world) memberText(m *journal.Member) string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf(" index=%d of=%s", m.Index, w.name(m.Group))
}

func (w *world) refText(r wire.Ref) string { return fmt.Sprintf("%s/%d", w.name(r.Task), r.Attempt) }

// alias puts T1, T2, ... in the place of ULIDs.
func (w *world) alias(s string) string {
	for i, id := range w.tasks {
		s = strings.ReplaceAll(s, id.String(), fmt.Sprintf("T%d", i+1))
	}
	return s
}
