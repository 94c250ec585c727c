package main

import (
	"fmt"
	"math"
	"strings"
)

// goal is one that the project has set itself, on two cores.
type goal struct {
	what     string
	want     bound
	measured samples // none if it was not
}

// bound is what a figure has to be. The zero value asks for nothing: the figure is told.
type bound struct {
	least, most float64
}

func atLeast(v float64) bound { return bound{least: v} }
func atMost(v float64) bound  { return bound{most: v} }

// told asks for nothing.
var told = bound{}

func (b bound) String() string {
	switch {
	case b.least != 0:
		return "at least " + number(b.least)
	case b.most != 0:
		return "at most " + number(b.most)
	}
	return "told"
}

func (b bound) met(v float64) string {
	switch {
	case b == told:
		return "-"
	case b.least != 0 && v < b.least, b.most != 0 && v > b.most:
		return "no"
	}
	return "yes"
}

// noSlower is what a ratio may be that is to be 1: the rest is the machine's noise.
const noSlower = 1.1

// besideMany is what that ratio may be where memory beyond the caches is in it.
const besideMany = 1.25

// list are the goals in the order in which they are told.
func (g *goals) list() []goal {
	all := append(g.loads("lean", ""), g.loads(leanIPC, ", over a Unix socket")...)
	all = append(all, []goal{
		g.figure("packages client and worker: share of the processor time of plain DEALER sockets", atMost(0.5), "packages", fmt.Sprint(g.o.fleet), ofDealer),
		g.figure("lone task: p50, of its commits and round trips", atMost(2.5), "lone", "lean", ofParts),
		{"tasks/s, of the fastest other that syncs", atLeast(1), g.worst(syncing)},
		{"tasks/s, of the fastest Majordomo broker", atLeast(1), g.worst(majordomos)},
		g.figure(fmt.Sprintf("restart with %d tasks that wait, s, warm cache", g.o.waiting), atMost(1), "restart", restartRow(g.o.waiting, 0), warmSeconds),
		g.figure("the same, cold cache", atMost(1.5), "restart", restartRow(g.o.waiting, 0), coldSeconds),
		{fmt.Sprintf("the same with %d ended ones beside, of without", g.o.ended), atMost(noSlower), g.besideEnded()},
		g.figure(fmt.Sprintf("cost of a dispatch with %d tasks that wait, of that with %d", g.o.waiting, fewWaiting), atMost(besideMany), "core", coreRow(g.o.waiting, false), ofFew),
		g.figure("heap bytes of a task that waits", atMost(120), "core", coreRow(g.o.waiting, false), heapBytes),
		g.figure("commit of 8 records after deletions, of before", atMost(noSlower), "journal", commitsRow(g.o.passed), ratioColumn),
		g.figure("tasks that end in random order among many, of in order", atLeast(0.8), "orders", mixedRow(g.o.waiting, g.o.fleet), ofOrders),
		g.figure("the same, the journal alone", atLeast(0.8), "journal", ordersRow(g.o.waiting), ratioColumn),
		g.figure("bytes written for a finished task", told, "journal", writtenRow, measuredColumn),
		g.figure("bytes kept for a finished task", told, "journal", keptRow, measuredColumn),
		g.figure("cost of a task after many, of before", atMost(noSlower), "journal", passRow(g.o.passed), ratioColumn),
		g.figure("file after pruning, of what lives in it", atMost(1.5), "journal", keptRow, ratioColumn),
		g.figure("broker's CPU with 1,024 idle workers, % of a core", atMost(2), "idle", "1024", idleCPU),
		g.figure("broker's memory with 10,000 workers, MB", told, "idle", "10000", residentMB),
	}...)
	for _, size := range g.o.sizes {
		all = append(all, g.figure(fmt.Sprintf("bodies of %d bytes: share of ROUTER echo's MB/s", size), atLeast(0.6), "bodies", fmt.Sprint(size), ofThat))
	}
	return all
}

// loads are the goals of a broker that is kept busy, by peers that cost little; words
// tell the kind of peers from others.
func (g *goals) loads(kind, words string) []goal {
	few, many := loadRow(kind, 256), loadRow(kind, 1024)
	return []goal{
		g.figure("share of the throughput without a journal, 256 workers"+words, atLeast(0.75), "load", few, ofThat),
		g.figure("the same, 1,024 workers"+words, atLeast(0.75), "load", many, ofThat),
		g.figure("tasks/s, 256 workers"+words, atLeast(60_000), "load", few, perSecond),
		g.figure("tasks/s, 1,024 workers"+words, atLeast(50_000), "load", many, perSecond),
		g.figure("broker's processor time, us/task, 256 workers"+words, atMost(20), "load", few, brokerTime),
	}
}

// syncing are the others that sync as we do, majordomos those that keep nothing.
var (
	syncing    = []string{"beanstalkd", "gearmand", "redis", "nats", "rabbitmq", "postgresql"}
	majordomos = []string{"majordomo-py", "majordomo-c"}
)

// goals finds what was measured of the goals.
type goals struct {
	o      *options
	sheets []*sheet
}

func (g *goals) sheet(cell string) *sheet {
	for _, s := range g.sheets {
		if s.Cell == cell {
			return s
		}
	}
	return &sheet{}
}

// figure is a goal for one figure of a sheet.
func (g *goals) figure(what string, want bound, cell, row, column string) goal {
	return goal{what, want, g.sheet(cell).figure(row, column)}
}

// worst returns the smallest ratio to others: that to the fastest of them.
func (g *goals) worst(names []string) (worst samples) {
	least := math.Inf(1)
	for _, name := range names {
		if v := g.sheet(againstName).figure(name, ofOurs); len(v) > 0 && v.median() < least {
			worst, least = v, v.median()
		}
	}
	return worst
}

// besideEnded compares both rows of a restart, round by round.
func (g *goals) besideEnded() (ratio samples) {
	s := g.sheet("restart")
	alone, beside := s.figure(restartRow(g.o.waiting, 0), warmSeconds), s.figure(restartRow(g.o.waiting, g.o.ended), warmSeconds)
	for round := range min(len(alone), len(beside)) {
		ratio = append(ratio, beside[round]/alone[round])
	}
	return ratio
}

// verdict is what a run says of a goal.
type verdict struct {
	What     string `json:"what"`
	Goal     string `json:"goal"`
	Measured string `json:"measured"`
	Met      string `json:"met"`
}

// verdicts tells of each goal that was measured whether it was met.
func verdicts(o *options, sheets []*sheet) (all []verdict) {
	for _, goal := range (&goals{o, sheets}).list() {
		if v := goal.measured; len(v) > 0 {
			all = append(all, verdict{goal.what, goal.want.String(), v.String(), goal.want.met(v.median())})
		}
	}
	return all
}

// verdictRows are the verdicts as a table, with its head.
func verdictRows(all []verdict) [][]string {
	rows := [][]string{{"goal, on two cores", "wanted", "measured", "met"}}
	for _, v := range all {
		rows = append(rows, []string{v.What, v.Goal, v.Measured, v.Met})
	}
	return rows
}

// markdown shows rows as a table of Markdown, the first of them as its head.
func markdown(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|---" + strings.Repeat("|--:", len(row)-1) + "|\n")
		}
	}
	return b.String()
}
