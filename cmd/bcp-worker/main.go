// Command bcp-worker runs a command for each task that a broker gives it.
//
//	bcp-broker --- ZeroMQ, --broker --- worker.Worker --- handler --- runner.Runner
//	                                                                     | body, result
//	                                             speech <-- lines --- COMMAND
//
// options.go has the flags and what they mean, run.go the life of the process,
// handler.go what is run for a task, speech.go what that says of it, exitcode.go how the
// process may end. Words go to the standard error, as a log; "registered" tells that the
// broker knows the worker.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"bcp/cmd/internal/program"
	"bcp/cmd/internal/signals"
	"bcp/worker/runner"
)

func main() {
	if runner.Guard() {
		return
	}
	os.Exit(start())
}

// start runs the worker until signals stop it.
func start() int {
	signal.Ignore(syscall.SIGPIPE) // who reads the log may go away; the worker stays
	ends := make(chan os.Signal, 2)
	signal.Notify(ends, signals.Ends()...)
	return exitCode(program.Execute(context.Background(), newCommand(ends), usage))
}

func newCommand(ends <-chan os.Signal) *cobra.Command {
	o := &options{}
	command := &cobra.Command{
		Use:   "bcp-worker [flags] [-- COMMAND [ARGUMENT...]]",
		Short: "Runs a command for each task",
		Long: `bcp-worker takes tasks from a broker and runs COMMAND for each: the task's body
on its standard input; BCP_TASK_ID, BCP_ATTEMPT, BCP_WORKER and BCP_SERVICE in its
environment. Its standard output is the result, its exit code the verdict, and the
end of its standard error the error's text.

With --allow-argv a task's own command is run instead, if it brings one. A task that
brings one without that, or brings none where there is no COMMAND, is left to another
worker, at no try, and so is one for which COMMAND, or the worker's own folder in $TMPDIR,
can't be used for ten seconds. If there is none it stays pending, and says that it was
declined. While this machine has no files, processes, memory or disk left for a command,
or the command's file is being written, the start is tried again, within the task's
--start-timeout, at no try.

A task may ask that it is stopped when it says nothing for a while. BCP_SILENCE_TIMEOUT
has that time in seconds: its command has to tell of its progress, save a state or extend
that time more often.

With --label and --resource it declares what it has: tasks select it by its labels,
and what it runs at a time takes no more than it declares of each resource. Amounts
are numbers with k, M, G, T, Ki, Mi, Gi or Ti after them, or m for thousandths.

Exit code 0 is done, anything else failed. The class of the failure, for tasks that
are not to be tried again after some sorts of it, is exit-N for exit code N, and
signal-N for a command that signal N has ended. With --not-me-exit-code the command
can give its task to another worker, and with --never-exit-code end it for good.

A command speaks of its task by lines on the descriptor BCP_PROGRESS_FD:
  progress FRACTION [TEXT]   how far it is: 0.4, 40%, 4/10, or - for unknown
  set NAME=VALUE             a small fact beside it, up to 16 of them
  checkpoint BASE64          a state for the task's next attempt, at most 65,535 bytes
  checkpoint-file PATH       likewise, from a file
  class NAME                 the class of the failure, if it fails
  extend TIMEOUT LEFT [WHY]  run, silence or life: so much is left from now, as 2h, or none
as in: echo "progress 3/10 reading input" >&$BCP_PROGRESS_FD. Of many lines in a row
the last ones count, four a second. What is not understood is logged.

The state that an earlier attempt has saved last is in the file BCP_CHECKPOINT; there
is no such file if none has. The command may write to it, and to its folder.

A member of an array or a broadcast finds its index in BCP_ARRAY_INDEX, the ID of the
whole in BCP_ARRAY_ID, and the number of its members in BCP_ARRAY_SIZE.

A task is over when everything in the command's process group is gone. If the
worker dies, its commands die with it. If the broker goes away, they go on, and
their ends are delivered when it is back.

A first SIGTERM, SIGINT or SIGHUP ends the worker in order: it takes no more, lets
finish what runs within --drain-timeout, and hands back the rest. A second one kills
and hands back at once. SIGHUP is of no effect under nohup.` + exitTexts.Help(),
		Example: "  bcp-worker --name sha --service digest --slots 4 -- sha256sum\n" +
			"  bcp-worker --service train --slots 16 --label gpu=a100 --resource cpu=8 --resource mem=32GiB -- ./train",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.command = args
			if err := o.check(cmd.ArgsLenAtDash()); err != nil {
				return usage(err)
			}
			return run(cmd.Context(), o, ends, o.log.Logger(cmd.ErrOrStderr()))
		},
	}
	o.AddFlags(command.Flags())
	return command
}
