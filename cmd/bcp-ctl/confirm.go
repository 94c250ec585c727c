package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"bcp/broker/admin/api"
	"bcp/cmd/internal/printed"
	"bcp/journal"
)

// confirm asks whether the counted tasks shall be changed. Only a terminal can
// be asked; a script says --yes.
func (j *changeJob) confirm(ctx context.Context, rows []api.ChangeRow, in input) error {
	if rows = accepted(rows); len(rows) == 0 {
		return nil // why, what is done with them tells
	}
	if !isTerminal(in.from) {
		return usagef("%s would be %s: give --yes, for the standard input is not a terminal to be asked at", countText(rows), j.words.done)
	}
	fmt.Fprintf(j.stderr, "%s %s? [y/N] ", j.words.title, countText(rows))
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && answer == "" {
		fmt.Fprintln(j.stderr)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}

func isTerminal(f any) bool {
	if out, ok := f.(*printed.Output); ok {
		f = out.To
	}
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// countText counts tasks by their states, those that are put aside for themselves.
func countText(rows []api.ChangeRow) string {
	counts, held := map[string]int{}, 0
	for _, r := range rows {
		if r.WasHeld {
			held++
		} else {
			counts[r.Before]++
		}
	}
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(held, "held")
	for _, s := range journal.States {
		add(counts[s.String()], s.String())
	}
	all := count(len(rows), "task")
	if len(parts) == 0 {
		return all
	}
	return fmt.Sprintf("%s (%s)", all, strings.Join(parts, ", "))
}
