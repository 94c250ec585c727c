// Package exitcode tells in a program's help how it may end. What the codes are,
// and which error becomes which, is each program's own.
package exitcode

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Texts says what a program's exit codes mean, by code.
type Texts map[int]string

// Help returns the end of a command's help: what the given codes mean, or all of
// them if none is given.
func (t Texts) Help(codes ...int) string {
	if len(codes) == 0 {
		codes = slices.Sorted(maps.Keys(t))
	}
	var b strings.Builder
	b.WriteString("\n\nExit codes:")
	for _, code := range codes {
		fmt.Fprintf(&b, "\n  %d  %s", code, t[code])
	}
	return b.String()
}
