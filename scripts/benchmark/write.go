package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// write writes the report into a folder: as JSON, as text, as Markdown, and its charts
// as SVG files.
func (r *report) write(ctx context.Context, o *options) error {
	if err := os.MkdirAll(o.report, 0o755); err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	data := filepath.Join(o.report, "report.json")
	for path, text := range map[string]string{
		data:                                  string(text) + "\n",
		filepath.Join(o.report, "report.txt"): r.text(),
		filepath.Join(o.report, "report.md"):  r.markdown("."),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if len(r.Charts) == 0 {
		return nil
	}
	plot, err := o.tools.tool(ctx, "plot")
	if err != nil {
		return err
	}
	_, err = output(ctx, plot, data, o.report)
	return err
}

// markdown is the page for a reader: conditions, what became of the goals, charts, and
// all tables. The charts lie in the folder.
func (r *report) markdown(folder string) string {
	var b strings.Builder
	for _, c := range r.Conditions {
		fmt.Fprintf(&b, "    %-12s %s\n", c.Name, c.Text)
	}
	if len(r.Verdicts) > 0 {
		b.WriteString("\n" + markdown(verdictRows(r.Verdicts)))
	}
	if len(r.Charts) > 0 {
		b.WriteByte('\n')
	}
	for _, c := range r.Charts {
		fmt.Fprintf(&b, "![%s](%s/%s.svg)\n", c.Title, folder, c.Name)
	}
	for _, s := range r.Sheets {
		b.WriteString("\n" + markdown(s.rows()))
		if len(s.Notes) > 0 {
			b.WriteByte('\n')
		}
		for _, note := range s.Notes {
			fmt.Fprintf(&b, "- %s.\n", note)
		}
	}
	return b.String()
}

// The page in README.md stands between these lines.
const (
	pageBegin = "<!-- scripts/bench --page: begin -->\n"
	pageEnd   = "<!-- scripts/bench --page: end -->\n"
)

// onPage are the cells whose tables stand in the page; the report has all.
var onPage = []string{"load", againstName}

// page is the report for a reader who has not asked for every table.
func (r *report) page(folder string) string {
	short := *r
	short.Sheets = slices.DeleteFunc(slices.Clone(r.Sheets), func(s *sheet) bool { return !slices.Contains(onPage, s.Cell) })
	return short.markdown(folder) + "\nThe other tables are in [report.md](" + folder + "/report.md).\n"
}

// writePage puts the report in the place of the last one in a Markdown file.
func (r *report) writePage(o *options) error {
	text, err := os.ReadFile(o.page)
	if err != nil {
		return err
	}
	before, rest, ok1 := strings.Cut(string(text), pageBegin)
	_, after, ok2 := strings.Cut(rest, pageEnd)
	if !ok1 || !ok2 {
		return fmt.Errorf("page %s: no lines %q and %q", o.page, strings.TrimSpace(pageBegin), strings.TrimSpace(pageEnd))
	}
	folder, err := filepath.Rel(filepath.Dir(o.page), o.report)
	if err != nil {
		return err
	}
	page := before + pageBegin + "\n" + r.page(filepath.ToSlash(folder)) + "\n" + pageEnd + after
	return os.WriteFile(o.page, []byte(page), 0o644)
}
