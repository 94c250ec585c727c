package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// formats are what --output accepts.
var formats = []string{"table", "wide", "json", "jsonl", "name"}

// chunk is how many rows of a table are held to find the width of its columns.
const chunk = 1000

// column is one column of a table. Formats says where it is shown, nil
// everywhere.
type column[T any] struct {
	title   string
	formats []string
	value   func(T) string
}

// Where columns with two forms are shown.
var (
	inTable = []string{"table"}
	inWide  = []string{"wide"}
)

// view says how items of a kind are shown.
type view[T any] struct {
	plural  string // of a list that may be empty
	name    func(T) string
	columns []column[T]
}

// printer writes items in the format that was asked for, and as they come,
// but for tables: these wait for a chunk.
type printer[T any] struct {
	w      io.Writer
	format string
	view   view[T]
	items  int
	rows   [][]string
	widths []int
}

func newPrinter[T any](g *globals, w io.Writer, v view[T]) *printer[T] {
	p := &printer[T]{w: w, format: g.output, view: v}
	p.view.columns = slices.DeleteFunc(slices.Clone(v.columns), func(c column[T]) bool {
		return c.formats != nil && !slices.Contains(c.formats, g.output)
	})
	p.widths = make([]int, len(p.view.columns))
	return p
}

// add prints one item.
func (p *printer[T]) add(item T) error {
	p.items++
	switch p.format {
	case "json":
		return p.element(item)
	case "jsonl":
		return json.NewEncoder(p.w).Encode(item)
	case "name":
		name := p.view.name(item)
		if name == "" { // such as damage that is no task's
			return nil
		}
		_, err := io.WriteString(p.w, printable(name)+"\n")
		return err
	}
	row := make([]string, 0, len(p.view.columns))
	for _, c := range p.view.columns {
		row = append(row, printable(c.value(item)))
	}
	if p.rows = append(p.rows, row); len(p.rows) < chunk {
		return nil
	}
	return p.flush()
}

// close prints what is left. It is not called after an error, so that a JSON
// list that is not complete is not well-formed either.
func (p *printer[T]) close() error {
	if p.format != "json" {
		return p.flush()
	}
	end := "\n]\n"
	if p.items == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(p.w, end)
	return err
}

// cutOff shows what is held of a table that an error has cut off, and returns the error.
func (p *printer[T]) cutOff(err error) error {
	_ = p.flush() // if that can't be written, the error may be the same one
	return err
}

// finish closes the list and says so if a table of it is empty.
func (p *printer[T]) finish(words io.Writer) error {
	if p.items == 0 && (p.format == "table" || p.format == "wide") {
		fmt.Fprintf(words, "No %s.\n", p.view.plural)
	}
	return p.close()
}

// element prints one element of a JSON array.
func (p *printer[T]) element(item T) error {
	lead := ",\n  "
	if p.items == 1 {
		lead = "[\n  "
	}
	body, err := json.MarshalIndent(item, "  ", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(p.w, lead+string(body))
	return err
}

// flush prints the rows that were held; the head goes before the first ones.
func (p *printer[T]) flush() error {
	if len(p.rows) == 0 {
		return nil
	}
	t := newTable()
	if p.items == len(p.rows) {
		t.AppendHeader(p.head())
	}
	for _, row := range p.rows {
		t.AppendRow(cells(row))
	}
	t.SetColumnConfigs(p.fit())
	p.rows = p.rows[:0]
	_, err := io.WriteString(p.w, t.Render()+"\n")
	return err
}

func (p *printer[T]) head() table.Row {
	row := make(table.Row, 0, len(p.view.columns))
	for _, c := range p.view.columns {
		row = append(row, c.title)
	}
	return row
}

// fit makes the columns as wide as those of the rows before.
func (p *printer[T]) fit() []table.ColumnConfig {
	configs := make([]table.ColumnConfig, 0, len(p.widths))
	for i, c := range p.view.columns {
		p.widths[i] = max(p.widths[i], text.StringWidth(c.title))
		for _, row := range p.rows {
			p.widths[i] = max(p.widths[i], text.StringWidth(row[i]))
		}
		configs = append(configs, table.ColumnConfig{Number: i + 1, WidthMin: p.widths[i]})
	}
	return configs
}

// newTable makes a table without lines or colours: columns, two spaces apart.
func newTable() table.Writer {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	return t
}

func cells(row []string) table.Row {
	r := make(table.Row, 0, len(row))
	for _, s := range row {
		r = append(r, s)
	}
	return r
}
