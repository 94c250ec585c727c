// Package program runs those programs that stay: the broker and the worker.
package program

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"bcp/cmd/internal/logging"
	"bcp/cmd/internal/printed"
	"bcp/cmd/internal/shells"
	"bcp/cmd/internal/values"
	"bcp/cmd/internal/version"
)

// Execute runs the program's only command, and returns the error that it ends with. Its words
// go to the standard error, as a log, and so does the error: in one line, which is what a
// service manager shows. What usage returns tells of wrong usage.
func Execute(ctx context.Context, command *cobra.Command, usage func(error) error) error {
	command.Version = version.String()
	command.SilenceErrors, command.SilenceUsage = true, true
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(values.FlagError(err)) })
	shells.Check(command, os.Args[1:], usage)
	out := &printed.Output{To: os.Stdout}
	command.SetOut(out)
	words := logging.NewSink(os.Stderr)
	defer words.Close(logging.Patience)
	command.SetErr(words)
	err := out.Or(command.ExecuteContext(ctx))
	if err != nil {
		fmt.Fprintf(words, "%s: %s\n", command.Name(), strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return err
}
