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
