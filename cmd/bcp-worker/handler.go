package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"syscall"
	"time"

	"bcp/worker"
	"bcp/worker/runner"
)

// Errors of tasks that this worker is not set up to run, and another one may be. The
// list is append-only.
var (
	// errArgv tells that the task brings a command, and may not.
	errArgv = errors.New("the task brings its own command, which this worker does not allow (--allow-argv)")
	// errNoCommand tells that neither the task nor the worker has a command.
	errNoCommand = errors.New("the task brings no command, and this worker has none of its own")
)

// Errors of a start that is tried again, whatever the task is.
var (
	// errLater tells that this worker can start nothing now: its machine lacks something.
	errLater = errors.New("this worker can start nothing now")
	// errUnfit tells that this worker's own command or folder can't be used: now, as one is
	// just replaced, or for good.
	errUnfit = errors.New("this worker is not fit to start it")
)

// shortages are the errors of a start that say nothing of the command, and pass. EBADF is
// one of them: so the child's end of a fork says that the last number of a file is taken.
// ETXTBSY says that the program is being written.
var shortages = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.EBADF, syscall.EAGAIN, syscall.ENOMEM, syscall.ENOSPC, syscall.EDQUOT,
	syscall.ETXTBSY,
}

// closed are the errors of the worker's own folder that hardly pass.
var closed = []error{syscall.EROFS, syscall.EACCES, syscall.ENOTDIR}

// unfitMax is how long a start is tried again whose worker is not fit for it, before the task
// is left to another one: a command is replaced in less.
const unfitMax = 10 * time.Second

// How long it is until a start is tried again: longer each time.
const (
	pauseMin = 50 * time.Millisecond
	pauseMax = time.Second
)

// handler runs a command for each attempt.
type handler struct {
	runner    *runner.Runner
	worker    string
	command   []string
	allowArgv bool
	resultMax int
	grace     time.Duration
	states    states
	log       *slog.Logger

	notMeCode, neverCode int // exit codes that say more than a failure; 0 for none
}

// handle does one attempt. A task that this worker has no command for, or can't run its own
// for, is left to another one. A task's command that cannot be run is refused, so that it is
// told from one that failed.
func (h *handler) handle(ctx context.Context, t *worker.Task) (result []byte, err error) {
	argv, err := h.argv(t)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", worker.ErrNotMe, err)
	}
	defer h.states.remove(t)
	said := &speech{task: t, log: h.log.With("task", t.ID, "attempt", t.Attempt)}
	err = patiently(ctx, said.log, func() error {
		result, err = h.try(ctx, t, argv, said)
		return err
	})
	return result, err
}

// patiently starts a command. While this worker can start nothing, it waits, and keeps the
// slot: the worker's other slots can't either, and to leave the task to another worker
// would be for good. That is done in time where this worker is not fit.
func patiently(ctx context.Context, log *slog.Logger, start func() error) error {
	begun := time.Now()
	err := start()
	if waits(err, begun) {
		log.Warn("the start waits, and is tried again", "error", err)
	}
	for pause := pauseMin; waits(err, begun); pause = min(2*pause, pauseMax) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", runner.ErrStopped, err)
		case <-time.After(pause):
			err = start()
		}
	}
	if errors.Is(err, errUnfit) {
		return fmt.Errorf("%w: %w", worker.ErrNotMe, err)
	}
	return err
}

// waits tells whether a start is tried again that was first tried then.
func waits(err error, begun time.Time) bool {
	return errors.Is(err, errLater) || errors.Is(err, errUnfit) && time.Since(begun) < unfitMax
}

// try makes the attempt's folder, and runs its command to the end.
func (h *handler) try(ctx context.Context, t *worker.Task, argv []string, said *speech) ([]byte, error) {
	if err := h.states.put(t); err != nil {
		return nil, fmt.Errorf("%w: %w", whyNoFolder(err), err)
	}
	result, err := h.runner.Run(ctx, runner.Command{
		Argv:      argv,
		Env:       h.environment(t),
		Stdin:     t.Body,
		ResultMax: h.resultMax,
		Started:   t.Started,
		Listen:    said.listen,
		Kill:      t.Overdue(),
		Grace:     h.grace,
	})
	if errors.Is(err, runner.ErrStart) {
		return nil, fmt.Errorf("%w: %w", whyNotStarted(t, err), err)
	}
	return result, h.judge(err, said.class)
}

// whyNoFolder tells whether an attempt's folder can't be made now, or maybe never.
func whyNoFolder(err error) error {
	if isOneOf(err, closed) {
		return errUnfit
	}
	return errLater
}

// whyNotStarted tells whose fault it is that a command was not started: this machine's now,
// the task's that brings it, or this worker's.
func whyNotStarted(t *worker.Task, err error) error {
	switch {
	case isOneOf(err, shortages):
		return errLater
	case len(t.Argv) > 0:
		return worker.ErrRefused
	}
	return errUnfit
}

func isOneOf(err error, list []error) bool {
	return slices.ContainsFunc(list, func(e error) bool { return errors.Is(err, e) })
}

// judge says more of a command that failed: its class, as the command has named it
// or by its end, and what the worker was told that its exit code means.
func (h *handler) judge(err error, class string) error {
	var exit *runner.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if exit.Signal != 0 {
		return worker.Class(err, cmp.Or(class, "signal-"+strconv.Itoa(int(exit.Signal))))
	}
	err = worker.Class(err, cmp.Or(class, "exit-"+strconv.Itoa(exit.Code)))
	switch exit.Code {
	case h.notMeCode:
		return fmt.Errorf("%w: %w", worker.ErrNotMe, err)
	case h.neverCode:
		return worker.Never(err)
	}
	return err
}

// argv is the task's own command if it brings one, else the worker's.
func (h *handler) argv(t *worker.Task) ([]string, error) {
	switch {
	case len(t.Argv) > 0 && !h.allowArgv:
		return nil, errArgv
	case len(t.Argv) > 0:
		return t.Argv, nil
	case len(h.command) == 0:
		return nil, errNoCommand
	}
	return h.command, nil
}

func (h *handler) environment(t *worker.Task) []string {
	variables := []string{
		"BCP_TASK_ID=" + t.ID.String(),
		"BCP_ATTEMPT=" + strconv.FormatUint(uint64(t.Attempt), 10),
		"BCP_WORKER=" + h.worker,
		"BCP_SERVICE=" + t.Service,
		"BCP_CHECKPOINT=" + h.states.path(t),
	}
	if t.Size > 0 {
		variables = append(variables,
			"BCP_ARRAY_ID="+t.Array.String(),
			"BCP_ARRAY_INDEX="+strconv.FormatUint(uint64(t.Index), 10),
			"BCP_ARRAY_SIZE="+strconv.FormatUint(uint64(t.Size), 10),
		)
	}
	if t.SilenceTimeout > 0 {
		variables = append(variables, "BCP_SILENCE_TIMEOUT="+strconv.FormatFloat(t.SilenceTimeout.Seconds(), 'f', -1, 64))
	}
	return variables
}
