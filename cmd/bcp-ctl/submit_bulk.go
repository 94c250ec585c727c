package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
)

// bulkOptions say how the tasks of a file are submitted.
type bulkOptions struct {
	file   string
	unsaid lineDefaults
	atomic bool
	dryRun bool
}

// withFile are the flags that go with --file. The others are of a single task.
var withFile = []string{"file", "key-prefix", "atomic", "dry-run", "client", "admin", "db", "output"}

// check tells which flags don't go together.
func (o *bulkOptions) check(f *pflag.FlagSet, argv []string) (err error) {
	if o.file == "" {
		if o.unsaid.prefix != "" || o.atomic || o.dryRun {
			return usagef("--key-prefix, --atomic and --dry-run: only accepted with --file")
		}
		return nil
	}
	f.Visit(func(flag *pflag.Flag) {
		switch {
		case flag.Name == "wait":
			err = usagef("--wait is not accepted with --file: give the IDs that it prints to tasks wait")
		case !slices.Contains(withFile, flag.Name):
			err = usagef("--%s and --file: each line says that of its task", flag.Name)
		}
	})
	if len(argv) > 0 {
		return usagef("%q and --file: each line has the argv of its task", argv[0])
	}
	return err
}

// lineKey is a task of a file, as it is printed before it is submitted.
type lineKey struct {
	Line int    `json:"line"`
	Key  string `json:"key"`
}

// submittedLine is one that is in the journal.
type submittedLine struct {
	lineKey
	api.Submitted
}

// bulk submits the tasks of a file in order, as one batch after another. Each has
// a key, so that all of it can be done again: what is there stays one task.
type bulk struct {
	client   *api.Client
	file     *taskFile
	patience time.Duration
	out      *bufio.Writer
	printer  *printer[submittedLine]
	progress progress
	fresh    int
	known    int
}

func runBulk(ctx context.Context, g *globals, o *bulkOptions, std stdio) (err error) {
	f, err := openTaskFile(o.file, o.unsaid, std.in)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if o.dryRun {
		return newDryRun(g, f, std).run(o.atomic)
	}
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	b := newBulk(g, c, f, std)
	if o.atomic {
		err = b.atomic(ctx)
	} else {
		err = b.stream(ctx)
	}
	return b.finish(err)
}

func newBulk(g *globals, c *api.Client, f *taskFile, std stdio) *bulk {
	buffered := bufio.NewWriter(std.out)
	v := view[submittedLine]{name: func(s submittedLine) string { return s.ID }}
	return &bulk{
		client: c, file: f, patience: submitPatience, out: buffered,
		printer: newPrinter(g.namesForTables(), buffered, v), progress: newProgress(f.size, std.words, std.out),
	}
}

// stream submits the file as it is read. It stops at the first line that is not
// accepted, behind all lines before it.
func (b *bulk) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for c := range b.file.portions(ctx) {
		if err := b.submit(ctx, c.tasks); err != nil {
			return err
		}
		b.progress.submitted(b.fresh+b.known, c.read)
		if c.err != nil && !errors.Is(c.err, io.EOF) {
			return c.err
		}
	}
	return ctx.Err()
}

// atomic submits the whole file as one batch.
func (b *bulk) atomic(ctx context.Context) error {
	tasks, err := b.file.all(wire.MaxBatch)
	if err != nil {
		return err
	}
	if len(tasks) == 0 {
		return nil
	}
	answers, err := b.ask(ctx, tasks)
	if err != nil {
		return b.file.blame(tasks, err)
	}
	return b.print(tasks, answers)
}

// submit submits tasks as one batch. When one is refused those before it are
// submitted without it.
func (b *bulk) submit(ctx context.Context, tasks []*lineTask) error {
	if len(tasks) == 0 {
		return nil
	}
	answers, err := b.ask(ctx, tasks)
	var refused *api.Error
	switch half := len(tasks) / 2; {
	case err == nil:
		return b.print(tasks, answers)
	case !errors.As(err, &refused):
		return err
	case refused.Task > 1 && refused.Task <= len(tasks):
		if err := b.submit(ctx, tasks[:refused.Task-1]); err != nil {
			return err
		}
	case inParts(refused.Code) && half > 0:
		if err := b.submit(ctx, tasks[:half]); err != nil {
			return err
		}
		return b.submit(ctx, tasks[half:])
	}
	return b.file.blame(tasks, err)
}

// inParts tells whether parts of a batch that is refused with this code may be accepted: the
// broker takes less at a time, or has room for some of it, or at least has some of it already.
func inParts(code string) bool {
	return code == api.CodeTooLarge || code == wire.CodeQueueFull.String()
}

// ask submits a batch, and asks again when the broker does not answer: its
// supervisor may be starting it again.
func (b *bulk) ask(ctx context.Context, tasks []*lineTask) (answers []api.Submitted, err error) {
	batch := api.Batch{Tasks: make([]api.Submission, len(tasks))}
	for i, t := range tasks {
		batch.Tasks[i] = t.Submission
	}
	ask := func() error {
		answers, err = b.client.SubmitBatch(ctx, batch)
		return err
	}
	if err := ask(); !unanswered(err) {
		return answers, err
	}
	b.progress.say(fmt.Sprintf("The broker has not answered: trying again for %v", b.patience))
	err = insist(ctx, b.patience, ask)
	return answers, err
}

// print prints the tasks, all of a batch at a time.
func (b *bulk) print(tasks []*lineTask, answers []api.Submitted) error {
	for i, t := range tasks {
		if answers[i].Known {
			b.known++
		} else {
			b.fresh++
		}
		if err := b.printer.add(submittedLine{t.named(), answers[i]}); err != nil {
			return err
		}
	}
	return b.out.Flush()
}

// finish says what was done, and how to do the rest after an error.
func (b *bulk) finish(err error) error {
	done := fmt.Sprintf("%s: %s submitted, %d before", b.file.name, count(b.fresh, "task"), b.known)
	if err != nil {
		b.progress.say(done + "; " + missingText(err))
		return err
	}
	err = errors.Join(b.printer.close(), b.out.Flush())
	b.progress.say(done)
	return err
}

// missingText says how the rest is submitted after an error: unless it passes by itself it
// has to be corrected before.
func missingText(err error) string {
	again := "the same command again submits what is missing"
	var refused *api.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, api.ErrNoBroker),
		errors.As(err, &refused) && !toCorrect(refused.Code):
		return again
	}
	return "once that is corrected, " + again
}

// toCorrect tells whether a refusal of this code stays as long as the file does.
func toCorrect(code string) bool {
	switch code {
	case api.CodeTooLarge, wire.CodeKeyConflict.String(), wire.CodeUnknownTask.String():
		return true
	}
	return isUsage(code)
}

// blame says which line of the file a refusal is about.
func (f *taskFile) blame(tasks []*lineTask, err error) error {
	var refused *api.Error
	if !errors.As(err, &refused) {
		return err
	}
	if refused.Task < 1 || refused.Task > len(tasks) {
		return fmt.Errorf("%s, from line %d on: %w", f.name, tasks[0].line, err)
	}
	alone := *refused
	_, alone.Message, _ = wire.BatchPlace(refused.Message)
	return f.at(tasks[refused.Task-1].line, &alone)
}
