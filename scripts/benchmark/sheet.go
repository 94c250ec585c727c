package main

import (
	"fmt"
	"slices"
	"strings"
)

// sheet is the table of one cell: figures by row and column, each with a value
// of every round. Rows and columns stand in the order in which they came first.
type sheet struct {
	Cell    string   `json:"cell"`
	Head    string   `json:"head"` // what the rows are
	Columns []string `json:"columns"`
	Lines   []*line  `json:"lines"`
	Notes   []string `json:"notes,omitempty"`
}

// line is a row of a sheet.
type line struct {
	Name    string             `json:"name"`
	Figures map[string]samples `json:"figures"` // by column
}

// samples are the values of one figure, in the order of the rounds.
type samples []float64

// add adds a value to a figure.
func (s *sheet) add(row, column string, values ...float64) {
	if !slices.Contains(s.Columns, column) {
		s.Columns = append(s.Columns, column)
	}
	l := s.line(row)
	if l == nil {
		l = &line{Name: row, Figures: map[string]samples{}}
		s.Lines = append(s.Lines, l)
	}
	l.Figures[column] = append(l.Figures[column], values...)
}

// note adds a sentence below the table, once.
func (s *sheet) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.Notes, text) {
		s.Notes = append(s.Notes, text)
	}
}

func (s *sheet) line(name string) *line {
	for _, l := range s.Lines {
		if l.Name == name {
			return l
		}
	}
	return nil
}

// merge adds the values of another run of the same cell.
func (s *sheet) merge(other *sheet) {
	s.Head = other.Head
	for _, l := range other.Lines {
		for _, column := range other.Columns {
			if values := l.Figures[column]; len(values) > 0 {
				s.add(l.Name, column, values...)
			}
		}
	}
	for _, text := range other.Notes {
		s.note("%s", text)
	}
}

// figure returns a figure's values: none if it was not measured.
func (s *sheet) figure(row, column string) samples {
	if l := s.line(row); l != nil {
		return l.Figures[column]
	}
	return nil
}

// last returns a figure's value of this round.
func (s *sheet) last(row, column string) float64 {
	values := s.figure(row, column)
	return values[len(values)-1]
}

// median returns the middle value, and 0 of none.
func (v samples) median() float64 {
	if len(v) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(v))
	return (sorted[len(sorted)/2] + sorted[(len(sorted)-1)/2]) / 2
}

// spread returns half of the range of the values, as a share of their median.
func (v samples) spread() float64 {
	if len(v) < 2 || v.median() == 0 {
		return 0
	}
	return (slices.Max(v) - slices.Min(v)) / 2 / v.median()
}

// String shows the median, and the spread if there were several rounds.
func (v samples) String() string {
	switch len(v) {
	case 0:
		return "-"
	case 1:
		return number(v[0])
	}
	return fmt.Sprintf("%s ±%.0f%%", number(v.median()), 100*v.spread())
}

// number shows a value with about three digits.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 0.1:
		return fmt.Sprintf("%.3f", v)
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// rows are the sheet's texts, with its head.
func (s *sheet) rows() [][]string {
	rows := [][]string{append([]string{s.Head}, s.Columns...)}
	for _, l := range s.Lines {
		row := []string{l.Name}
		for _, column := range s.Columns {
			row = append(row, l.Figures[column].String())
		}
		rows = append(rows, row)
	}
	return rows
}

// text shows the sheet in columns.
func (s *sheet) text() string {
	var b strings.Builder
	b.WriteString(columns(s.rows()))
	for _, text := range s.Notes {
		fmt.Fprintf(&b, "   (%s)\n", text)
	}
	return b.String()
}
