package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"

	"bcp/broker/admin/api"
	"bcp/cmd/internal/printed"
	"bcp/cmd/internal/shells"
	"bcp/cmd/internal/signals"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

// run runs a command. A signal interrupts it; a second one then has its usual effect and ends
// the process at once.
func run(args []string, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), signals.Ends()...)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := newRootCommand()
	out := &printed.Output{To: os.Stdout}
	root.SetOut(out)
	root.SetArgs(args)
	shells.Check(root, args, func(err error) error { return usagef("%v", err) })
	cmd, err := root.ExecuteContextC(ctx)
	if err = out.Or(err); err == nil {
		return exitFine
	}
	if ctx.Err() != nil && isBrokenOff(err) {
		err = errors.New("interrupted")
	}
	tell(stderr, cmd.CommandPath(), err)
	return exitCode(err)
}

// tell says what went wrong, and what may help.
func tell(w io.Writer, path string, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(w, "bcp-ctl: %s\n", printable(line))
	}
	var refused *api.Error
	var usage *usageError
	switch {
	case errors.As(err, &refused) && len(refused.Matches) > 0:
		for _, id := range refused.Matches {
			fmt.Fprintf(w, "  %s\n", id)
		}
	case errors.Is(err, api.ErrNoBroker) && errors.Is(err, fs.ErrPermission):
		fmt.Fprintln(w, "The address is not for you: ask as the user that the broker runs as.")
	case errors.Is(err, api.ErrNoBroker):
		fmt.Fprintln(w, "Give its address with --admin or in $BCP_ADMIN, or its journal with --db if it is not running.")
	case errors.Is(err, api.ErrZMTP):
		fmt.Fprintln(w, "Give what bcp-broker has for --admin, and not for --listen, with --admin or in $BCP_ADMIN.")
	case errors.As(err, &usage):
		fmt.Fprintf(w, "Run '%s --help' for what is accepted.\n", path)
	}
}

// isBrokenOff tells whether something was broken off, here or in the middle of what the
// broker tells.
func isBrokenOff(err error) bool {
	var cut *api.Error
	return errors.Is(err, context.Canceled) || errors.As(err, &cut) && cut.Code == api.CodeIncomplete
}
