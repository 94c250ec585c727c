package main

import "slices"

// chart is what the program plot draws: lines over numbers of workers or of tasks.
type chart struct {
	Name   string   `json:"name"` // of its file, without .svg
	Title  string   `json:"title"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
	Series []series `json:"series"`
}

// series is one line of a chart: points of x and y.
type series struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
}

// charts makes those charts for which there are figures.
func charts(o *options, sheets []*sheet) []chart {
	g := &goals{o, sheets}
	all := []chart{
		{Name: "throughput", Title: "Throughput", X: "workers", Y: "tasks/s", Series: append(g.overWorkers(perSecond, ""), g.overWorkers(noJournal, ", no journal")...)},
		{Name: "latency", Title: "A lone task among idle workers", X: "workers", Y: "p50, ms", Series: g.overWorkers(loneP50, "")},
		{Name: "cost", Title: "The state machine's cost of a dispatch", X: "tasks waiting", Y: "us", Series: []series{g.overBacklog(perDispatch)}},
	}
	return slices.DeleteFunc(all, func(c chart) bool {
		return len(c.Series) == 0 || len(c.Series[0].Points) < 2
	})
}

// overWorkers has a line for each kind of peers.
func (g *goals) overWorkers(column, words string) (all []series) {
	for _, kind := range g.o.peers {
		line := series{Name: kind + " peers" + words}
		for _, workers := range g.o.workers {
			line.add(float64(workers), g.sheet("load").figure(loadRow(kind, workers), column))
		}
		all = append(all, line)
	}
	return all
}

func (g *goals) overBacklog(column string) series {
	line := series{Name: "1,024 workers of 16 services each"}
	for _, waiting := range backlogs(g.o.waiting) {
		line.add(float64(waiting), g.sheet("core").figure(coreRow(waiting, false), column))
	}
	return line
}

func (l *series) add(x float64, values samples) {
	if len(values) > 0 {
		l.Points = append(l.Points, [2]float64{x, values.median()})
	}
}
