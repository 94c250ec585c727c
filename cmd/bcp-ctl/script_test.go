package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/rogpeppe/go-internal/testscript"

	"bcp/broker"
	"bcp/broker/admin"
	"bcp/broker/admin/api"
	"bcp/broker/server"
	"bcp/journal"
	"bcp/journal/bolt"
)

// journalName is the journal of the broker that a script starts.
const journalName = "test.db"

// brokerCommand starts a broker on test.db with its admin API at the default
// address, or stops it: "broker start", "broker stop".
func brokerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: broker start|stop")
	}
	switch args[0] {
	case "start":
		start(ts)
	case "stop":
		stopBroker(ts)
	default:
		ts.Fatalf("broker %s: start or stop is accepted", args[0])
	}
}

// running are the stops of the brokers that scripts have started, by their
// directories.
var running sync.Map

func start(ts *testscript.TestScript) {
	stop, err := startBroker(ts.MkAbs("."))
	ts.Check(err)
	running.Store(ts.MkAbs("."), stop)
	ts.Defer(func() { stopBroker(ts) })
}

// startBroker starts a broker on the journal test.db in a directory, with its
// admin API at the default address there.
func startBroker(dir string) (stop func() error, err error) {
	store, err := bolt.Open(filepath.Join(dir, journalName), bolt.Options{})
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	s, err := server.New(server.Config{
		Listen: []string{"ipc://" + filepath.Join(dir, "broker.ipc")},
		Core:   broker.Config{ReattachGrace: time.Hour},
		// The tasks of the sample are as old as their IDs.
		KeepEnded: 100 * 365 * 24 * time.Hour,
	}, store, log)
	if err != nil {
		return nil, err
	}
	l, err := admin.Listen("unix:" + filepath.Join(dir, api.SocketName))
	if err != nil {
		return nil, err
	}
	h := admin.New(s, log, admin.Info{Version: "v0-test", Journal: journalName, Started: time.Now()})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- s.Run(ctx) }()
	go func() { ended <- admin.Serve(ctx, l, h, log) }()
	return func() error {
		cancel()
		return errors.Join(<-ended, <-ended, store.Close())
	}, nil
}

func stopBroker(ts *testscript.TestScript) {
	if stop, ok := running.LoadAndDelete(ts.MkAbs(".")); ok {
		ts.Check(stop.(func() error)())
	}
}

// journalCommand writes test.db with one task in each of the states that a
// broker may find and leave. Their IDs end in what is said of them:
//
//	...P00001  pending, for worker w1        ...D00002  dispatched to w1
//	...R00003  running at w1, service hash   ...C00004  canceling at w2
//	...X00005  done at w1                    ...F00006  failed at w1
//
// "journal exhausted" adds one whose tries are used up, at w1: ...E00007. "journal killed"
// leaves all in the log alone, as a kill does.
func journalCommand(ts *testscript.TestScript, neg bool, args []string) {
	all, o := sample(), bolt.Options{}
	switch what := strings.Join(args, " "); {
	case neg || what != "" && what != "exhausted" && what != "killed":
		ts.Fatalf("usage: journal [exhausted|killed]")
	case what == "exhausted":
		all = append(all, exhausted()...)
	case what == "killed":
		o.Log, o.LogStep = 64<<10, 2*len(all)
	}
	store, err := bolt.Open(ts.MkAbs(journalName), o)
	ts.Check(err)
	ts.Check(store.Commit(all))
	left, err := os.ReadFile(ts.MkAbs(journalName))
	ts.Check(errors.Join(err, store.Close()))
	if o.Log > 0 {
		ts.Check(os.WriteFile(ts.MkAbs(journalName), left, 0o600))
	}
}

func exhausted() []journal.Record {
	records := life("E00007", journal.Target{Kind: journal.ToService, Name: "hash"}, dispatch("w1"), started(), journal.Record{
		Kind: journal.KindExhausted, Worker: "w1", Reason: journal.ReasonError, Text: "exit status 3", Class: "exit-3",
	})
	records[0].Spec.HoldExhausted = true
	return records
}

// sampleMS is when the first of the tasks was submitted: 2026-01-31T12:00:00Z.
const sampleMS = 1769860800000

func sample() []journal.Record {
	toWorker := journal.Target{Kind: journal.ToWorker, Name: "w1"}
	toService := journal.Target{Kind: journal.ToService, Name: "hash"}
	return concat(
		life("P00001", toWorker),
		life("D00002", toWorker, dispatch("w1")),
		life("R00003", toService, dispatch("w1"), started()),
		life("C00004", toService, dispatch("w2"), started(), canceled("ann", "wrong input")),
		life("X00005", toService, dispatch("w1"), started(), ended(journal.Done, journal.ReasonFinished, "", "the result")),
		life("F00006", toService, dispatch("w1"), started(), ended(journal.Failed, journal.ReasonError, "exit status 3\x1b[31m", "")),
	)
}

func concat(lives ...[]journal.Record) (all []journal.Record) {
	for _, l := range lives {
		all = append(all, l...)
	}
	return all
}

// life makes a task's records, one second apart.
func life(suffix string, target journal.Target, steps ...journal.Record) []journal.Record {
	id := ulid.MustParse("01KG9MA8G0" + "0000000000" + suffix)
	spec := &journal.Spec{Client: "c1", Key: "key-" + suffix, Target: target, Tries: 1, LossMax: 3, OnLoss: journal.LossRequeue, CancelGraceMS: 5000}
	records := []journal.Record{{Kind: journal.KindSubmit, Spec: spec, Payload: []byte("body")}}
	records = append(records, steps...)
	for i := range records {
		r := &records[i]
		r.Task, r.Time = id, sampleMS+int64(1000*i)
		if r.Kind != journal.KindSubmit {
			r.Attempt = 1
		}
	}
	return records
}

func dispatch(worker string) journal.Record {
	return journal.Record{Kind: journal.KindDispatch, Worker: worker}
}

func started() journal.Record { return journal.Record{Kind: journal.KindStart} }

func canceled(by, why string) journal.Record {
	return journal.Record{Kind: journal.KindCancel, By: by, Text: why}
}

func ended(s journal.State, why journal.Reason, text, result string) journal.Record {
	return journal.Record{Kind: journal.KindEnd, State: s, Reason: why, Text: text, Payload: []byte(result)}
}

// submitCommand submits a task and keeps its ID in a variable of the script:
// "submit VARIABLE FLAG...".
func submitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: submit VARIABLE FLAG...")
	}
	ts.Check(ts.Exec("bcp-ctl", append([]string{"tasks", "submit"}, args[1:]...)...))
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// lastCommand keeps the last line that the command before has written in a variable:
// "last VARIABLE".
func lastCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: last VARIABLE")
	}
	out := strings.TrimSpace(ts.ReadFile("stdout"))
	ts.Setenv(args[0], out[strings.LastIndexByte(out, '\n')+1:])
}
