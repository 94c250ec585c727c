// Package shells has the programs refuse what their completion command, which cobra
// makes, doesn't know.
package shells

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Check has the completion command of a program that is called with args take the name of
// a shell, and nothing else. What usage returns tells of wrong usage.
func Check(root *cobra.Command, args []string, usage func(error) error) {
	root.InitDefaultCompletionCmd(args...)
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			check(c, usage)
		}
	}
}

func check(completion *cobra.Command, usage func(error) error) {
	var names []string
	for _, shell := range completion.Commands() {
		names = append(names, shell.Name())
		shell.Args = func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("argument %q: none is accepted", args[0]))
			}
			return nil
		}
	}
	accepted := "one of " + strings.Join(names, ", ") + " is accepted"
	completion.Args = cobra.ArbitraryArgs
	completion.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(fmt.Errorf("a shell is missing: %s", accepted))
		}
		return usage(fmt.Errorf("shell %q: %s", args[0], accepted))
	}
}
