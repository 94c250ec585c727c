package session_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/worker/session"
)

var update = flag.Bool("update", false, "write what the session does into the transcripts")

// TestTranscripts plays every file of testdata: blocks of commands, a line
// "----", and what the session did.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { playFile(t, file) })
	}
}

func playFile(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &player{t: t}
	blocks := strings.Split(strings.TrimSpace(string(text)), "\n\n")
	for i, block := range blocks {
		commands, want, _ := strings.Cut(block, "\n----")
		got := p.play(commands)
		if !*update && strings.TrimSpace(want) != got {
			t.Errorf("block %d:\n%s\ngot:\n%s", i+1, block, got)
		}
		blocks[i] = commands + "\n----\n" + got
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(blocks, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// player turns the lines of a transcript into calls, and effects into lines.
type player struct {
	t   *testing.T
	s   *session.Session
	now time.Duration
}

func (p *player) play(commands string) string {
	for line := range strings.Lines(commands) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			p.command(strings.Fields(line))
		}
	}
	lines := describe(p.s.Take())
	if at, ok := p.s.NextDeadline(); ok {
		lines = append(lines, fmt.Sprintf("next in %v", at-p.now))
	}
	return strings.Join(lines, "\n")
}

func (p *player) command(words []string) {
	verb, args := words[0], words[1:]
	switch verb {
	case "new":
		p.s = session.New(p.config(args))
	case "open":
		p.s.Open(p.now)
	case "tick":
		p.now += p.duration(args[0])
		p.s.Tick(p.now)
	case "begun":
		p.s.Begun(p.ref(args[0]))
	case "progress":
		p.s.Progress(p.now, &wire.Progress{Ref: p.ref(args[0]), Fraction: 0.5, Text: strings.Join(args[1:], " ")})
	case "save", "save-soon":
		p.s.Save(p.now, p.ref(args[0]), []byte(args[1]), verb == "save-soon")
	case "extend", "extend-soon":
		m := &wire.Extend{Ref: p.ref(args[0]), Option: uint8(p.number(args[1])), LeftMS: p.duration(args[2]).Milliseconds()}
		p.s.Extend(p.now, m, verb == "extend-soon")
	case "ended":
		p.ended(args)
	case "congested":
		p.s.Congested(p.now, args[0] == "yes")
	case "drain":
		p.s.Drain(p.now)
	case "handback":
		p.s.HandBack(p.duration(args[0]))
	case "leave":
		p.s.Leave()
	default:
		p.s.Step(p.now, p.message(verb, args))
	}
}

func (p *player) config(args []string) session.Config {
	cfg := session.Config{Name: "w", Grace: 2 * time.Second}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "slots":
			cfg.Slots = p.number(value)
		case "stop-on-lost":
			cfg.StopOnLost = true
		default:
			p.t.Fatalf("unknown setting %q", arg)
		}
	}
	return cfg
}

func (p *player) ended(args []string) {
	verdicts := map[string]wire.Verdict{
		"done": wire.VerdictDone, "failed": wire.VerdictFailed, "refused": wire.VerdictRefused,
	}
	var payload []byte
	if len(args) > 2 {
		payload = []byte(args[2])
	}
	p.s.Ended(p.now, wire.Outcome{Ref: p.ref(args[0]), Verdict: verdicts[args[1]], Payload: payload})
}

func (p *player) message(verb string, args []string) wire.Message {
	switch verb {
	case "welcome":
		m := &wire.Welcome{Epoch: 1, HeartbeatMS: 1000, Liveness: 3, BodyMax: 100}
		for _, arg := range args {
			name, value, _ := strings.Cut(arg, "=")
			switch name {
			case "broker":
				m.Broker[15] = byte(p.number(value))
			case "epoch":
				m.Epoch = uint64(p.number(value))
			case "bodymax":
				m.BodyMax = uint32(p.number(value))
			}
		}
		return m
	case "refuse":
		return &wire.Refuse{Code: wire.Code(p.number(args[0])), Text: "because"}
	case "beat":
		return &wire.Beat{Ask: len(args) > 0}
	case "brokerleave":
		return &wire.Leave{}
	case "dispatch":
		return &wire.Dispatch{Ref: p.ref(args[0]), Seq: uint64(p.number(args[1]))}
	case "stop":
		return &wire.Stop{Ref: p.ref(args[0]), Reason: journal.ReasonCanceled, GraceMS: p.duration(args[1]).Milliseconds()}
	case "extended":
		m := &wire.ExtendAck{Ref: p.ref(args[0]), Option: uint8(p.number(args[1])), Seq: uint32(p.number(args[2]))}
		if len(args) > 3 {
			m.Code, m.Text = wire.CodeNotAllowed, args[3]
		}
		return m
	case "stale":
		return &wire.Stop{Ref: p.ref(args[0])}
	case "saved":
		return &wire.CheckpointAck{Ref: p.ref(args[0]), Seq: uint32(p.number(args[1]))}
	case "ack":
		return &wire.OutcomeAck{Ref: p.ref(args[0])}
	}
	p.t.Fatalf("unknown command %q", verb)
	return nil
}

// ref reads TASK.ATTEMPT.
func (p *player) ref(s string) wire.Ref {
	task, attempt, _ := strings.Cut(s, ".")
	return wire.Ref{Task: journal.ID{15: byte(p.number(task))}, Attempt: uint32(p.number(attempt))}
}

func (p *player) number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

func (p *player) duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

var (
	phases   = map[wire.Phase]string{wire.PhaseTaken: "taken", wire.PhaseRunning: "running", wire.PhaseEnded: "ended"}
	verdicts = map[wire.Verdict]string{
		wire.VerdictDone: "done", wire.VerdictFailed: "failed", wire.VerdictStopped: "stopped",
		wire.VerdictRefused: "refused", wire.VerdictReturned: "returned", wire.VerdictUnknown: "unknown",
	}
	events = map[session.EventKind]string{
		session.EventRegistered: "registered", session.EventNameTaken: "name taken",
		session.EventRefused: "refused", session.EventRejected: "rejected",
		session.EventLost: "lost", session.EventLeft: "left", session.EventStranger: "stranger",
	}
)

func describe(e session.Effects) []string {
	var lines []string
	if e.Reconnect {
		lines = append(lines, "reconnect")
	}
	for _, m := range e.Sends {
		lines = append(lines, "send "+describeMessage(m))
	}
	for _, d := range e.Starts {
		lines = append(lines, "start "+name(d.Ref))
	}
	for _, o := range e.Stops {
		lines = append(lines, fmt.Sprintf("stop %s grace %v", name(o.Ref), o.Grace))
	}
	for _, v := range e.Saves {
		lines = append(lines, fmt.Sprintf("saved %s up to %d, failed: %v", name(v.Ref), v.Seq, v.Failed))
	}
	for _, v := range e.Extended {
		lines = append(lines, fmt.Sprintf("extended %s option %d up to %d, code %d %s, stale: %v", name(v.Ref), v.Option, v.Seq, v.Code, v.Text, v.Stale))
	}
	for _, ev := range e.Events {
		lines = append(lines, fmt.Sprintf("event %s: %s", events[ev.Kind], ev.Text))
	}
	return lines
}

func describeMessage(m wire.Message) string {
	switch m := m.(type) {
	case *wire.Register:
		return fmt.Sprintf("register %s slots %d [%s]", m.Name, m.Slots, describeInventory(m.Inventory))
	case *wire.WorkerBeat:
		draining := ""
		if m.Draining {
			draining = " draining"
		}
		return fmt.Sprintf("beat seen %d%s [%s]", m.Seen, draining, describeInventory(m.Inventory))
	case *wire.Begun:
		return "begun " + name(m.Ref)
	case *wire.Progress:
		return fmt.Sprintf("progress %s %v %s", name(m.Ref), m.Fraction, m.Text)
	case *wire.Extend:
		return fmt.Sprintf("extend %s %d option %d left %d ms", name(m.Ref), m.Seq, m.Option, m.LeftMS)
	case *wire.Checkpoint:
		return fmt.Sprintf("checkpoint %s %d %s", name(m.Ref), m.Seq, m.State)
	case *wire.Outcome:
		return strings.TrimRight(fmt.Sprintf("outcome %s %s %s%s", name(m.Ref), verdicts[m.Verdict], m.Text, m.Payload), " ")
	case *wire.Leave:
		return "leave"
	}
	return fmt.Sprintf("%T", m)
}

func describeInventory(items []wire.Item) string {
	var out []string
	for _, it := range items {
		out = append(out, name(it.Ref)+" "+phases[it.Phase])
	}
	return strings.Join(out, ", ")
}

func name(r wire.Ref) string { return fmt.Sprintf("%d.%d", r.Task[15], r.Attempt) }
