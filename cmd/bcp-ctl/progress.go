package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"bcp/journal"
)

// progress shows on a terminal how far a job is.
type progress struct {
	words io.Writer
	bar   *progressbar.ProgressBar // nil if there is no terminal
	told  int                      // tasks that are submitted, in the last line
}

// progressEvery is how many tasks are submitted between two lines.
const progressEvery = 100_000

// drawEvery is how often a bar is drawn, at most: a line may be slow, and a job has millions
// of items.
const drawEvery = 100 * time.Millisecond

// newProgress makes the progress of a job of so many bytes, -1 if that is not known. A bar is
// no use among data, which goes to out.
func newProgress(size int64, words, out io.Writer) progress {
	p := progress{words: words}
	if isTerminal(words) && !isTerminal(out) {
		p.bar = progressbar.NewOptions64(size,
			progressbar.OptionSetWriter(words),
			progressbar.OptionSetWidth(25),
			progressbar.OptionThrottle(drawEvery),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// tell shows what has been done so far, on a terminal alone.
func (p *progress) tell(done string, at int64) {
	if p.bar == nil {
		return
	}
	p.bar.Describe(done)
	_ = p.bar.Set64(at) // a bar that can't be drawn is no error of the job
}

// submitted shows how many tasks are submitted, and how many bytes of the file these take.
// Where the words go to no terminal, it is a line now and then.
func (p *progress) submitted(tasks int, read int64) {
	p.tell(count(tasks, "task"), read)
	if p.bar == nil && tasks-p.told >= progressEvery {
		p.told = tasks
		fmt.Fprintf(p.words, "%s so far\n", count(tasks, "task"))
	}
}

// copied shows how much is written.
func (p *progress) copied(c journal.Copied) {
	if p.bar == nil {
		return
	}
	if p.bar.GetMax64() != c.Total {
		p.bar.Reset() // of what came before
		p.bar.ChangeMax64(c.Total)
	}
	p.tell("written "+journal.SizeText(c.Bytes), min(c.Bytes, c.Total))
}

// checked shows how much is verified.
func (p *progress) checked(c journal.Checked) {
	p.tell("verified "+count(int(c.Entries), "row"), int64(c.Entries))
}

// over takes the bar away.
func (p *progress) over() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// say writes words in the place of the bar.
func (p *progress) say(words string) {
	p.over()
	fmt.Fprintln(p.words, words)
}
