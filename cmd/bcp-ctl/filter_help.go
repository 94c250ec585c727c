package main

import (
	"fmt"
	"strings"

	"bcp/journal/filter"
)

// filterHelp tells what --filter accepts.
func filterHelp() string {
	var b strings.Builder
	b.WriteString(`
--filter takes an expression: terms with spaces between them, of which all must
hold. A term is a name, an operator (=, !=, and for numbers <, <=, >, >=) and one
or more values with commas between them, any of which may be it. A value that
ends with * means whatever begins so; quotes make a text with spaces, commas or
stars one value. The names are:
`)
	for _, line := range filter.Help() {
		fmt.Fprintf(&b, "\n  %-11s %s", line[0], line[1])
	}
	return b.String()
}
