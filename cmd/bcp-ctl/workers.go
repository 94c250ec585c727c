package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
)

func newWorkersCommand(g *globals) *cobra.Command {
	return newGroup("workers", "List and look at workers", newWorkersListCommand(g), newWorkersShowCommand(g))
}

func workerView() view[api.Worker] {
	now := time.Now()
	return view[api.Worker]{
		plural: "workers",
		name:   func(w api.Worker) string { return w.Name },
		columns: []column[api.Worker]{
			{"NAME", nil, func(w api.Worker) string { return w.Name }},
			{"STATE", nil, func(w api.Worker) string { return w.State }},
			{"BUSY", nil, func(w api.Worker) string { return busyText(w) }},
			{"RESOURCES", nil, func(w api.Worker) string { return strings.Join(usageTexts(w), ",") }},
			{"LABELS", nil, func(w api.Worker) string { return strings.Join(w.Labels, ",") }},
			{"SERVICES", nil, func(w api.Worker) string { return strings.Join(w.Services, ",") }},
			{"HEARD", inTable, func(w api.Worker) string { return age(w.HeardAt, now) }},
			{"AGE", inTable, func(w api.Worker) string { return age(w.RegisteredAt, now) }},
			{"HEARD", inWide, func(w api.Worker) string { return w.HeardAt.String() }},
			{"REGISTERED", inWide, func(w api.Worker) string { return w.RegisteredAt.String() }},
			{"DIALECT", nil, func(w api.Worker) string { return w.Dialect }},
		},
	}
}

// busyText tells how many of a worker's slots are taken.
func busyText(w api.Worker) string { return strconv.Itoa(w.Busy) + "/" + strconv.Itoa(w.Slots) }

// usageTexts tells how much of a worker's resources is taken: "cpu 2/8".
func usageTexts(w api.Worker) []string {
	var list []string
	for _, r := range w.Resources {
		list = append(list, r.Name+" "+r.Used+"/"+r.Total)
	}
	return list
}
