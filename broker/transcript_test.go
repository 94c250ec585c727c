package broker_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// TestTranscripts runs the scripts in testdata: what goes into the core, and
// what it wants done. Run with -rewrite to write the outputs anew.
//
// Peers are named in the scripts by what they are: a name that starts with w is
// a worker on a connection of its own, w1.2 the same worker's second
// connection; c is a client, b1w and b1c are BCP/1 peers, op is an operator.
// Tasks are T1, T2, ... in the order of their IDs; T1.0 is the first member of T1.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := newWorld(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			w.t = t
			return w.run(d)
		})
	})
}

// world is a core with a journal and a clock that a script drives.
type world struct {
	t       *testing.T
	core    *broker.Broker
	disk    *journal.MemDisk
	store   *journal.MemStore
	cfg     broker.Config
	now     broker.Instant
	tasks   []journal.ID
	members map[journal.ID]uint32
	arrived map[wire.Peer]arrival // of messages that are not whole
	leaving map[wire.Peer]bool    // a large message to it
	out     bytes.Buffer
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, disk: journal.NewMemDisk("transcript"), members: map[journal.ID]uint32{}}
	w.arrived, w.leaving = map[wire.Peer]arrival{}, map[wire.Peer]bool{}
	w.cfg = broker.Config{ReattachGrace: 30 * time.Second, BodyMax: 1000, Received: w.received, Sending: w.sending}
	w.now = broker.Instant{WallMS: 1_700_000_000_000}
	w.start()
	return w
}

// start makes a core from what the journal holds.
func (w *world) start() {
	w.store = w.disk.Open()
	w.cfg.Epoch = w.store.Meta().Epoch
	w.core = broker.New(w.cfg, w.store, zeros{}, w.store.Meta().Last)
	if err := w.core.RestoreFrom(w.store); err != nil {
		w.t.Fatal(err)
	}
	w.core.Open(w.now)
}

// arrival is how many bytes have come of a peer, and when the last.
type arrival struct {
	bytes uint64
	at    time.Duration
}

func (w *world) received(p wire.Peer) (bytes uint64, ago time.Duration, ok bool) {
	a, ok := w.arrived[p]
	return a.bytes, w.now.Mono - a.at, ok
}

func (w *world) sending(p wire.Peer) bool { return w.leaving[p] }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// run performs one command: what changes the core is followed by its effects.
func (w *world) run(d *datadriven.TestData) string {
	w.out.Reset()
	args := argsOf(d)
	switch d.Cmd {
	case "config":
		w.configure(args)
		return "ok\n"
	case "crash":
		w.core.Take()
		w.start()
	case "pass":
		w.pass(args.duration("for"))
	case "room":
		r := journal.Room{Free: int64(args.number("free")), Whole: int64(args.number("whole")), Reserve: int64(args.number("reserve"))}
		w.core.Room(r, w.core.Take().Taken)
		fmt.Fprintf(&w.out, "%+v\n", w.core.Space())
	case "clock":
		w.now.WallMS += args.duration("by").Milliseconds()
	case "prune":
		w.prune(args)
	case "stop":
		w.core.Stop(w.now)
	case "deaf", "listening":
		w.core.Deaf(d.Cmd == "deaf")
	case "arrive": // bytes of a message that is not whole
		p := peer(args["peer"])
		w.arrived[p] = arrival{w.arrived[p].bytes + args.number("bytes"), w.now.Mono}
	case "leaving", "left":
		w.leaving[peer(args["peer"])] = d.Cmd == "leaving"
	case "undelivered":
		w.core.Undelivered(w.now, broker.Send{To: peer(args["peer"]), Msg: w.unsent(args)})
	case "dropped":
		w.core.Dropped(w.now, broker.Send{To: peer(args["peer"]), Msg: w.unsent(args)})
	case "held-back":
		w.core.HeldBack(w.now, broker.Send{To: peer(args["peer"]), Msg: w.unsent(args)})
	case "passed-on":
		w.core.PassedOn(w.now, broker.Send{To: peer(args["peer"]), Msg: w.unsent(args)})
	case "malformed":
		w.core.Malformed(w.now, peer(args["peer"]), wire.Errorf(wire.CodeMalformed, "not a message"))
	case "stats":
		fmt.Fprintf(&w.out, "%+v\n", w.core.Stats())
	case "workers":
		w.workers()
	case "history":
		w.history(w.task(args["task"]))
	case "explain":
		w.explain(w.task(args["task"]))
	case "batch":
		w.core.Step(w.now, peer(args["peer"]), w.batch(uint32(args.number("req")), d))
	default:
		w.core.Step(w.now, peer(args["peer"]), w.message(d.Cmd, args))
	}
	w.flush()
	return w.out.String()
}

func (w *world) configure(args args) {
	if v, ok := args["on-worker-lost"]; ok {
		w.cfg.OnLoss, _ = journal.ParseLossPolicy(v)
	}
	w.cfg.Heartbeat = args.duration("heartbeat")
	w.cfg.AckWindow = int(args.number("ack-window"))
	w.cfg.MaxTasks = int(args.number("max-tasks"))
	w.cfg.MaxPeers = int(args.number("max-peers"))
	w.start()
}

// prune forgets tasks that have been kept for so long, and keys likewise.
func (w *world) prune(args args) {
	n, _, err := w.store.CommitAndPrune(nil, journal.Retention{
		NowMS: w.now.WallMS, EndedMS: args.duration("keep").Milliseconds(), Ended: math.MaxUint64,
		Asked: math.MaxUint64, KeysMS: args.duration("keys").Milliseconds(), Keys: math.MaxUint64,
	}, math.MaxInt)
	fmt.Fprintf(&w.out, "forgot %d, %v\n", n, err)
}

// pass lets time go by, deadline after deadline.
func (w *world) pass(d time.Duration) {
	end := w.now.Mono + d
	for {
		at, ok := w.core.NextDeadline()
		if !ok || at > end {
			break
		}
		w.advance(max(at, w.now.Mono))
		w.core.Tick(w.now)
		w.flush()
	}
	w.advance(end)
}

func (w *world) advance(to time.Duration) {
	w.now.WallMS += (to - w.now.Mono).Milliseconds()
	w.now.Mono = to
}

// flush commits the effects and prints them. Beats are left out.
func (w *world) flush() {
	out := w.core.Take()
	for i := range out.Records {
		r := &out.Records[i]
		if r.Kind == journal.KindSubmit {
			if n := len(w.tasks); n > 0 && r.Task.Compare(w.tasks[n-1]) <= 0 {
				w.t.Errorf("task %s comes after %s", r.Task, w.tasks[n-1])
			}
			w.tasks = append(w.tasks, r.Task)
			w.members[r.Task] = r.Spec.Block()
		}
		fmt.Fprintf(&w.out, "journal %s %s\n", w.name(r.Task), w.recordText(r))
	}
	if err := w.store.Commit(out.Records); err != nil {
		w.t.Fatal(err)
	}
	w.core.Committed(out.Mark)
	for _, s := range out.Sends {
		if _, beat := s.Msg.(*wire.Beat); beat {
			continue
		}
		if w.forgotten(s) {
			w.core.Pruned(s)
			w.flush()
			continue
		}
		fmt.Fprintf(&w.out, "%s <- %s%s\n", peerName(s.To), w.messageText(s.Msg), loadText(s.Load))
	}
}

// forgotten tells whether the result for a send is in the journal no more.
func (w *world) forgotten(s broker.Send) bool {
	if s.Load != broker.LoadResult {
		return false
	}
	_, err := w.store.Result(s.Task)
	return errors.Is(err, journal.ErrNotFound)
}

func (w *world) unsent(args args) wire.Message {
	if name, ok := args["ended"]; ok {
		return &wire.Ended{Ref: wire.Ref{Task: w.task(name)}}
	}
	if name, ok := args["dispatch"]; ok {
		return &wire.Dispatch{Ref: wire.Ref{Task: w.task(name), Attempt: uint32(args.number("attempt"))}}
	}
	return &wire.Beat{}
}

func (w *world) workers() {
	for _, i := range w.core.Workers(w.now) {
		fmt.Fprintf(&w.out, "%s dialect=%s live=%v draining=%v slots=%d busy=%d services=%v", i.Name, i.Dialect, i.Live, i.Draining, i.Slots, i.Busy, i.Services)
		for _, id := range i.Tasks {
			fmt.Fprintf(&w.out, " %s", w.name(id))
		}
		w.out.WriteByte('\n')
	}
}

func (w *world) history(id journal.ID) {
	e, err := w.store.Get(id)
	if err != nil {
		fmt.Fprintln(&w.out, err)
		return
	}
	for i := range e.Records {
		fmt.Fprintf(&w.out, "+%dms %s\n", e.Records[i].Time-e.Task.SubmittedMS, w.recordText(&e.Records[i]))
	}
}

// message makes what a script's command says.
func (w *world) message(verb string, a args) wire.Message {
	ref := wire.Ref{Task: w.task(a["task"]), Attempt: uint32(a.number("attempt"))}
	req := uint32(a.number("req"))
	switch verb {
	case "hello":
		return &wire.Hello{Session: a.or("session", a["peer"])}
	case "submit":
		return w.submit(req, a)
	case "cancel":
		return &wire.Cancel{Req: req, Task: ref.Task, Key: a["key"], Text: a["why"]}
	case "hold":
		return &wire.Hold{Req: req, Task: ref.Task, Key: a["key"], Text: a["why"]}
	case "release":
		return &wire.Release{Req: req, Task: ref.Task, Key: a["key"], Text: a["why"]}
	case "retry":
		return &wire.Resolve{Req: req, Task: ref.Task, Key: a["key"], Text: a["why"], Verb: wire.ResolveRetry, NewKey: a["new-key"]}
	case "drop":
		return &wire.Resolve{Req: req, Task: ref.Task, Key: a["key"], Text: a["why"], Verb: wire.ResolveDrop}
	case "edit":
		return w.edit(req, a)
	case "find":
		return &wire.Find{Req: req, Filter: a["filter"]}
	case "query":
		return &wire.Query{Req: req, Task: ref.Task, Key: a["key"]}
	case "wait":
		return &wire.Wait{Req: req, WantStart: a["want-start"] != "", Tasks: []journal.ID{ref.Task}}
	case "ended-ack":
		return &wire.EndedAck{Task: ref.Task}
	case "register":
		return w.register(a)
	case "beat":
		return &wire.WorkerBeat{Seen: a.number("seen"), Draining: a["draining"] != "", NoInventory: isBCP1(a["peer"]), Inventory: w.inventory(a["has"])}
	case "client-beat":
		return &wire.Beat{}
	case "begun":
		return &wire.Begun{Ref: ref}
	case "progress":
		return &wire.Progress{Ref: ref, Fraction: 0.5, Text: a["text"]}
	case "extend":
		option := journal.OptionNamed(a["option"] + "-timeout").Number
		return &wire.Extend{Ref: ref, Seq: uint32(a.number("seq")), Option: option, LeftMS: a.duration("left").Milliseconds(), Text: a["why"]}
	case "checkpoint":
		return &wire.Checkpoint{Ref: ref, Seq: uint32(a.number("seq")), State: []byte(a["state"])}
	case "outcome":
		return &wire.Outcome{Ref: ref, Verdict: verdict(a["verdict"]), Text: a["text"], Class: a["class"], Payload: []byte(a["payload"])}
	case "leave":
		return &wire.Leave{}
	case "replay":
		return &wire.Replay{Req: req, DryRun: a["dry-run"] != "", Tasks: w.list(a["task"])}
	}
	w.t.Fatalf("unknown command %q", verb)
	return nil
}

func (w *world) list(task string) []journal.ID {
	if task == "" {
		return nil
	}
	return []journal.ID{w.task(task)}
}

func (w *world) submit(req uint32, a args) *wire.Submit {
	spec := &journal.Spec{Key: a["key"], Tries: 1}
	spec.Target = journal.Target{Kind: journal.ToAny}
	if name, ok := a["service"]; ok {
		spec.Target = journal.Target{Kind: journal.ToService, Name: name}
	}
	if name, ok := a["worker"]; ok {
		spec.Target = journal.Target{Kind: journal.ToWorker, Name: name}
	}
	if name, ok := a["all"]; ok {
		spec.Target = journal.Target{Kind: journal.ToAll, Name: strings.TrimSuffix(name, "yes")}
	}
	if a["tries"] != "" {
		spec.Tries = uint32(a.number("tries"))
	}
	priority, _ := strconv.Atoi(a["priority"])
	spec.Priority = int32(priority)
	spec.DelayMS, spec.RunTimeoutMS = a.duration("delay").Milliseconds(), a.duration("run-timeout").Milliseconds()
	for i := range journal.Options {
		w.ask(spec, &journal.Options[i], a)
	}
	for _, part := range strings.Fields(strings.ReplaceAll(a["after"], ",", " ")) {
		name, wants, _ := strings.Cut(part, "/")
		d, err := journal.ParseDependency(w.task(name).String() + ":" + wants)
		if err != nil {
			w.t.Fatal(err)
		}
		spec.After = append(spec.After, d)
	}
	spec.Where, spec.Prefer = a["where"], a["prefer"]
	spec.PreferForMS = a.duration("prefer-for").Milliseconds()
	spec.Resources = a.list("needs")
	spec.FailUnmet = a["fail-unmet"] != ""
	spec.Array = a["array"]
	spec.ArrayRunning, spec.ArrayFailures = uint32(a.number("running")), uint32(a.number("failures"))
	return &wire.Submit{
		Req: req, Spec: spec, Body: []byte(a["body"]),
		WantStart: a["want-start"] != "" || isBCP1(a["peer"]), Quiet: a["quiet"] != "",
	}
}

// unchecked are the options that scripts give values which the core has to refuse,
// and the tasks to wait for, whose names only the script knows.
var unchecked = []string{"tries", "priority", "delay", "run-timeout", "after"}

// ask takes an option from a script, which spells it as a flag does.
func (w *world) ask(spec *journal.Spec, o *journal.Option, a args) {
	text, given := a[o.Name]
	if !given || slices.Contains(unchecked, o.Name) {
		return
	}
	texts := []string{text}
	switch o.Sort {
	case journal.Texts:
		texts = strings.Split(text, ",")
	case journal.Switch:
		texts = []string{"true"}
	}
	for _, text := range texts {
		if err := o.Parse(spec, text); err != nil {
			w.t.Fatal(err)
		}
	}
}

// batch reads a task from each line, as submit has it. #1 is the first of them.
func (w *world) batch(req uint32, d *datadriven.TestData) *wire.SubmitBatch {
	m := &wire.SubmitBatch{Req: req}
	for line := range strings.Lines(d.Input) {
		_, line, err := datadriven.ParseLine("submit " + line)
		if err != nil {
			w.t.Fatal(err)
		}
		m.Submits = append(m.Submits, *w.submit(0, argsOf(&datadriven.TestData{CmdArgs: line})))
	}
	return m
}

func (w *world) register(a args) *wire.Register {
	m := &wire.Register{Name: a.or("name", strings.Split(a["peer"], ".")[0]), Slots: 1, NoInventory: isBCP1(a["peer"])}
	if a["slots"] != "" {
		m.Slots = uint32(a.number("slots"))
	} else if m.NoInventory {
		m.Slots = 0
	}
	m.Services, m.Labels, m.Resources = a.list("services"), a.list("labels"), a.list("resources")
	copy(m.Instance[:], a.or("instance", m.Name))
	m.Inventory = w.inventory(a["has"])
	return m
}

// inventory reads T1/1:running,T2/1:taken.
func (w *world) inventory(s string) []wire.Item {
	var items []wire.Item
	for _, part := range regexp.MustCompile(`(T\d+(?:\.\d+)?)/(\d+):(\w+)`).FindAllStringSubmatch(s, -1) {
		attempt, _ := strconv.Atoi(part[2])
		items = append(items, wire.Item{
			Ref:   wire.Ref{Task: w.task(part[1]), Attempt: uint32(attempt)},
			Phase: map[string]wire.Phase{"taken": wire.PhaseTaken, "running": wire.PhaseRunning, "ended": wire.PhaseEnded}[part[3]],
		})
	}
	return items
}

// task finds T1, T2, ..., and #1, #2, ... of a batch; anything else is a task that
// nobody has.
func (w *world) task(name string) journal.ID {
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "#")); err == nil && name[0] == '#' {
		return wire.BatchRef(n - 1)
	}
	if name == "elsewhere" { // an ID that another broker may have given
		return journal.ID{0: 0x01, 15: 0xff}
	}
	if whole, pos, ok := strings.Cut(name, "."); ok {
		n, _ := strconv.Atoi(pos)
		return journal.IDOf(w.task(whole), uint32(n))
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "T")); err == nil && n <= len(w.tasks) {
		return w.tasks[n-1]
	}
	if name == "" {
		return journal.ID{}
	}
	return journal.ID{15: 0xff}
}

func (w *world) name(id journal.ID) string {
	for i, known := range w.tasks {
		if known == id {
			return fmt.Sprintf("T%d", i+1)
		}
		whole := journal.Task{ID: known, Tally: &journal.Tally{Count: w.members[known]}}
		if pos, ok := whole.Position(id); ok {
			return fmt.Sprintf("T%d.%d", i+1, pos)
		}
	}
	return "T?"
}
