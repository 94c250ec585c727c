// Command bcp-broker is the broker: it takes tasks from clients, gives them to
// workers, and keeps every step on disk.
//
//	clients, workers --- ZeroMQ, --listen --\
//	                                         >--- server.Server --- journal, --db
//	bcp-ctl ------------ HTTP, --admin -----/
//
// options.go has the flags and what they mean, run.go the life of the process,
// exitcode.go how it may end. Words go to the standard error, as a log (package logging).
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"bcp/cmd/internal/program"
	"bcp/cmd/internal/signals"
)

func main() { os.Exit(start()) }

// start runs the broker until a signal stops it. A second signal then has its
// usual effect: it ends the process at once.
func start() int {
	signal.Ignore(syscall.SIGPIPE) // who reads the log may go away; the broker stays
	signal.Ignore(syscall.SIGXFSZ) // a file that would be too long is an error, as a full disk is
	ctx, stop := signal.NotifyContext(context.Background(), signals.Ends()...)
	defer stop()
	context.AfterFunc(ctx, stop)
	return exitCode(program.Execute(ctx, newCommand(), usage))
}

func newCommand() *cobra.Command {
	o := &options{}
	command := &cobra.Command{
		Use:   "bcp-broker [flags]",
		Short: "Broker for tasks that are never forgotten",
		Long: `bcp-broker takes tasks from clients, gives them to workers, and keeps every step
of a task's life in its journal before it tells anybody. A restarted broker takes
up every task where it stood.

A first SIGTERM, SIGINT or SIGHUP stops it in order: it takes no more, commits what
it has in hand and tells its peers. A second one ends it at once, which loses nothing.
SIGHUP is of no effect under nohup.` + exitTexts.Help(),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("argument %q: only flags are accepted", args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return usage(err)
			}
			return advise(run(cmd.Context(), o, o.log.Logger(cmd.ErrOrStderr())))
		},
	}
	o.AddFlags(command.Flags())
	return command
}
