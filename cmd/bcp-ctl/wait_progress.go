package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"bcp/broker/admin/api"
)

// lookEvery is how often a task that is waited for is looked at, to show on a
// terminal how far it is: people see no more, and the broker has other things to do.
const lookEvery = 500 * time.Millisecond

// fractionSteps is how many steps a bar has for a task that says how far it is.
const fractionSteps = 1000

// barRoom is how many columns of a line are for the bar: how much is done, in percent, and a
// short picture of it.
const barRoom = 16

// cutMark stands for what is cut off.
const cutMark = "..."

// watch shows how far the task is, if there is a terminal, until it is told to stop.
func (w *waiter) watch(ctx context.Context, id string) (stop func()) {
	if !w.terminal {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		w.look(ctx, id)
	}()
	return func() {
		cancel()
		<-over
	}
}

// look shows the task now and then, until the context ends. What goes wrong is for
// the one who waits to tell.
func (w *waiter) look(ctx context.Context, id string) {
	again := time.NewTicker(w.every)
	defer again.Stop()
	shown := standing{words: w.words}
	defer shown.clear()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		if t, err := w.client.Task(ctx, id); err == nil {
			shown.show(&t, w.ordinal)
		}
	}
}

// standing is a line that tells how far a task is.
type standing struct {
	words io.Writer
	bar   *progressbar.ProgressBar // nil if nothing is shown
	known bool                     // it has a length, for the task says how far it is
}

// show shows a task. A bar that can't be drawn is no error of the job.
func (s *standing) show(t *api.Task, ordinal string) {
	fraction, known := howFar(t)
	if s.bar == nil || known != s.known {
		s.clear()
		s.known, s.bar = known, newBar(s.words, known)
	}
	s.bar.Describe(fit(s.words, ordinal, t.ID+" ", standingText(t)))
	if known {
		// A bar that is full is over, and the task is not.
		_ = s.bar.Set64(min(int64(fraction*fractionSteps), fractionSteps-1))
	}
}

// fit cuts what is said where it leaves no room for a bar behind it: a line that is broken
// can't be written over. An ID is all there or left out: a part of it may be another task's.
func fit(terminal io.Writer, ordinal, id, said string) string {
	most := columns(terminal) - barRoom
	whole := ordinal + id + said
	if text.StringWidth(ordinal+id)+len(cutMark) > most {
		whole = ordinal + said
	}
	if text.StringWidth(whole) <= most {
		return whole
	}
	return text.Trim(whole, max(most, len(cutMark))-len(cutMark)) + cutMark
}

// columns is how wide a terminal is; nobody knows of anything else.
func columns(terminal io.Writer) int {
	if file, ok := terminal.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return math.MaxInt
}

func (s *standing) clear() {
	if s.bar != nil {
		_ = s.bar.Clear()
	}
}

// newBar makes a bar, or something that moves when there is news.
func newBar(words io.Writer, known bool) *progressbar.ProgressBar {
	size := int64(-1)
	if known {
		size = fractionSteps
	}
	return progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(words),
		progressbar.OptionSetWidth(25),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetSpinnerChangeInterval(0),
	)
}

// howFar returns how much of a task is done, from 0 to 1; false if nobody knows.
func howFar(t *api.Task) (fraction float64, known bool) {
	switch m := t.Members; {
	case m != nil && m.Members > 0:
		return float64(m.Done+m.Failed+m.Canceled) / float64(m.Members), true
	case t.Progress != nil && t.Progress.Fraction >= 0:
		return float64(t.Progress.Fraction), true
	}
	return 0, false
}

// standingText tells of a task what a bar doesn't.
func standingText(t *api.Task) string {
	going := membersText(t)
	if t.Progress != nil {
		said := *t.Progress
		said.Fraction = -1
		going = progressText(&said)
	}
	said := hinderedText(t)
	if going != "" {
		said += ": " + short(printable(going))
	}
	return said
}

// ordinalText tells which one of several tasks is waited for.
func ordinalText(i, n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf("%d/%d ", i+1, n)
}
