package main

import (
	"cmp"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// printItem prints a single item: fields one below the other as a table, or the row of a list
// if it has none.
func printItem[T any](g *globals, w io.Writer, v view[T], item T, fields func(T) []field) error {
	switch {
	case g.output == "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(item)
	case g.forPeople() && fields != nil:
		return printFields(g, w, fields(item))
	}
	p := newPrinter(g, w, v)
	return cmp.Or(p.add(item), p.flush())
}

// field is one line of a single item. A time is shown as the format wants it.
type field struct {
	name  string
	value any
}

// printFields prints the fields that have a value.
func printFields(g *globals, w io.Writer, fields []field) error {
	t := newTable()
	now := time.Now()
	for _, f := range fields {
		s := strings.TrimRight(fieldText(f.value, now, g.output == "wide"), "\n")
		if s == "" {
			continue
		}
		name := f.name // before the first line only
		for line := range strings.SplitSeq(s, "\n") {
			t.AppendRow(table.Row{name, printable(line)})
			name = ""
		}
	}
	_, err := io.WriteString(w, t.Render()+"\n")
	return err
}
