package main

import (
	"cmp"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bcp/scripts/benchmark/internal/load"
	"bcp/scripts/internal/script"
)

// options are what the command line says.
type options struct {
	broker   string // path of bcp-broker
	dir      string // where the journals are made
	journals string // where those of the cell restart are, and stay; empty for none
	tools    tools
	libzmq   string          // version, for the table
	revision string          // likewise
	only     map[string]bool // the cells that are measured
	peers    []string
	workers  []int
	against  []string // other brokers
	compare  string   // revisions; empty for none
	report   string   // folder for the report; empty for none
	from     string   // report of an earlier run, to be written again; empty for a run
	page     string   // Markdown file with a page of figures; empty for none
	profiles string   // folder for profiles of the broker; empty for none
	json     bool     // write the report so

	shape load.Shape // Workers and Address are the cell's
	warm  time.Duration
	load  time.Duration
	lone  time.Duration
	rest  time.Duration

	journalOff bool // a broker without a journal is measured beside each
	rounds     int
	args       []string // the command line itself

	dispatches int   // of the state machine alone
	waiting    int   // tasks that wait, where there are many
	ended      int   // tasks that have ended beside them
	fleet      int   // workers, and DEALER sockets beside them
	passed     int   // tasks that pass through a journal
	idle       []int // numbers of workers that are idle
	sizes      []int // of large bodies, in bytes
}

// lists are options that are lists of words, as they were given.
type lists struct{ only, against, peers, workers, idle, sizes string }

// parse reads the command line.
func parse(args []string) (*options, error) {
	o, l := &options{args: args}, &lists{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := f.Bool("quick", false, "short cells: 0.5 s of warming up, 1 s of load, 0.5 s of lone tasks, at most 200,000 tasks in a journal")
	o.addWhat(f, l)
	o.addReports(f)
	o.addSizes(f, l)
	if err := script.Parse(f, args); err != nil {
		return o, err
	}
	if *quick {
		o.shorten()
	}
	if err := o.read(l); err != nil {
		return o, err
	}
	return o, o.validate()
}

// addWhat adds the flags that say what is measured, and where.
func (o *options) addWhat(f *flag.FlagSet, l *lists) {
	f.StringVar(&o.broker, "broker", "bcp-broker", "path of bcp-broker")
	f.StringVar(&o.dir, "dir", "/var/tmp", "folder for the journals, on the disk to be measured")
	f.StringVar(&o.journals, "journals", "", "folder in which the journals of the cell restart stay, and are taken from if they are there: ten million tasks take minutes to write")
	f.StringVar(&o.tools.source, "outside", "scripts/benchmark/outside", "folder of the module with the programs that it is compared with")
	f.StringVar(&o.revision, "revision", "unknown", "what is measured, for the table")
	f.StringVar(&o.libzmq, "libzmq", "unknown", "version of libzmq, for the table")
	f.StringVar(&l.only, "only", "", "cells to be measured, with commas between them; all but "+againstName+" if none is named:"+cellHelp())
	f.StringVar(&l.against, "against", "", "other brokers to be measured beside, instead of the other cells if --only names none: all, or some of "+strings.Join(otherNames(), ", "))
	f.StringVar(&o.compare, "compare", "", "compare two revisions, REV,REV, or one with this tree: each is built with this tree's instrument, and they take turns")
	f.StringVar(&l.peers, "peers", "lean,lean-ipc,go", "kinds of peers: lean, lean-ipc (over a Unix socket), go")
	f.BoolVar(&o.journalOff, "journal-off", true, "measure also the same broker without a journal, beside each of the cell load")
}

// addReports adds the flags that say where the report goes.
func (o *options) addReports(f *flag.FlagSet) {
	f.BoolVar(&o.json, "json", false, "write the report as JSON")
	f.StringVar(&o.report, "report", "", "write the report into this folder: text, Markdown, JSON, and charts as SVG")
	f.StringVar(&o.page, "page", "", "and put its conditions, goals, charts, and tables of the cells load and against into this Markdown file, between the lines "+strings.TrimSpace(pageBegin)+" and "+strings.TrimSpace(pageEnd))
	f.StringVar(&o.profiles, "profiles", "", "write where the processor time of the broker of the cell load goes into this folder, for pprof; none without a journal is measured beside")
	f.StringVar(&o.from, "from", "", "measure nothing, but write this report.json of an earlier run again")
}

// addSizes adds the flags that say how much is measured, and how long.
func (o *options) addSizes(f *flag.FlagSet, l *lists) {
	f.IntVar(&o.rounds, "rounds", 1, "rounds; the table has their medians")
	f.DurationVar(&o.warm, "warm", 2*time.Second, "load before the measurement")
	f.DurationVar(&o.load, "load", 5*time.Second, "load that is measured")
	f.DurationVar(&o.lone, "lone", 2*time.Second, "lone tasks")
	f.DurationVar(&o.rest, "rest", 5*time.Second, "time in which workers are idle: two heartbeats of each")
	f.StringVar(&l.workers, "workers", "1,16,256,1024", "numbers of workers")
	f.IntVar(&o.shape.Slots, "slots", 1, "slots of each worker")
	f.IntVar(&o.shape.Clients, "clients", 4, "clients")
	f.IntVar(&o.shape.Outstanding, "outstanding", 0, "tasks kept in the broker; 0 is twice the slots and 256 more")
	f.IntVar(&o.shape.BodySize, "body", 200, "bytes in a body")
	f.StringVar(&l.sizes, "sizes", "1024,65536,1048576,16777216", "bytes in the bodies of the cell bodies")
	f.StringVar(&l.idle, "idle", "1024,10000", "numbers of workers that are idle")
	f.IntVar(&o.fleet, "fleet", 256, "workers of the cells packages and against")
	f.IntVar(&o.dispatches, "dispatches", 200_000, "dispatches of the state machine alone")
	f.IntVar(&o.waiting, "waiting", 1_000_000, "tasks that wait, where there are many")
	f.IntVar(&o.ended, "ended", 1_000_000, "ended tasks beside them in the journal")
	f.IntVar(&o.passed, "passed", 2_500_000, "tasks that pass through a journal, and are forgotten")
}

// shorten makes all cells short.
func (o *options) shorten() {
	o.warm, o.load, o.lone = time.Second/2, time.Second, time.Second/2
	o.dispatches = min(o.dispatches, 20_000)
	o.passed = min(o.passed, 100_000)
	o.waiting, o.ended = min(o.waiting, 200_000), min(o.ended, 200_000)
}

// read reads the lists.
func (o *options) read(l *lists) (err error) {
	o.peers = strings.Split(l.peers, ",")
	if l.against != "" {
		if o.against, err = readAgainst(l.against); err != nil {
			return err
		}
		l.only = strings.TrimPrefix(l.only+","+againstName, ",")
	}
	if o.only, err = chosen(cmp.Or(l.only, "all")); err != nil {
		return err
	}
	for _, list := range []struct {
		name, text string
		to         *[]int
	}{{"workers", l.workers, &o.workers}, {"idle", l.idle, &o.idle}, {"sizes", l.sizes, &o.sizes}} {
		if *list.to, err = numbers(list.name, list.text); err != nil {
			return err
		}
	}
	return nil
}

// numbers reads a list of numbers with commas between them.
func numbers(name, list string) ([]int, error) {
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s %q: numbers from 1, with commas between them, are accepted", name, list)
		}
		all = append(all, n)
	}
	return all, nil
}

// passedMin has a task pass in each tenth of the tasks that are kept.
const passedMin = 100

// validate names the first option that is not accepted.
func (o *options) validate() error {
	if err := o.validateNumbers(); err != nil {
		return err
	}
	for _, kind := range o.peers {
		if openers[kind] == nil {
			return fmt.Errorf("peers %q: lean, lean-ipc and go are accepted", kind)
		}
	}
	switch {
	case o.profiles != "" && o.rounds > 1:
		return fmt.Errorf("profiles %s: one round is accepted with it", o.profiles)
	case o.profiles != "" && o.warm+o.load < time.Second:
		return fmt.Errorf("profiles %s: at least a second of --warm and --load together is accepted", o.profiles)
	case o.only[againstName] && len(o.against) == 0:
		return fmt.Errorf("only %s: --against names the others", againstName)
	case o.page != "" && o.report == "":
		return fmt.Errorf("page %s: --report names the folder of its charts", o.page)
	}
	return nil
}

func (o *options) validateNumbers() error {
	for _, n := range []struct {
		name         string
		value, least int
	}{
		{"slots", o.shape.Slots, 1},
		{"clients", o.shape.Clients, 1},
		{"outstanding", o.shape.Outstanding, 0},
		{"body", o.shape.BodySize, 0},
		{"rounds", o.rounds, 1},
		{"dispatches", o.dispatches, 1},
		{"waiting", o.waiting, 1},
		{"ended", o.ended, 1},
		{"passed", o.passed, passedMin},
		{"fleet", o.fleet, 1},
		{"load", int(o.load), 1},
		{"lone", int(o.lone), 1},
		{"rest", int(o.rest), 1},
	} {
		if n.value < n.least {
			return fmt.Errorf("%s %d: at least %d is accepted", n.name, n.value, n.least)
		}
	}
	return nil
}
