package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how much of a file is submitted. Where the words go to no
// terminal, it is a line now and then.
type progress struct {
	words io.Writer
	bar   *progressbar.ProgressBar // nil if there is no terminal
	told  int                      // tasks, in the last line
}

// progressEvery is how many tasks are submitted between two lines.
const progressEvery = 100_000

// drawEvery is how often a bar is drawn, at most: a line may be slow, and a job has millions
// of items.
const drawEvery = 100 * time.Millisecond

// newProgress makes the progress of a file of so many bytes, -1 if that is not
// known. A bar is no use among the IDs.
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

// show takes in how many tasks are submitted, and how many bytes of the file these
// take.
func (p *progress) show(tasks int, read int64) {
	switch {
	case p.bar != nil:
		p.bar.Describe(count(tasks, "task"))
		_ = p.bar.Set64(read) // a bar that can't be drawn is no error of the job
	case tasks-p.told >= progressEvery:
		p.told = tasks
		fmt.Fprintf(p.words, "%s so far\n", count(tasks, "task"))
	}
}

// say writes words in the place of the bar.
func (p *progress) say(words string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(p.words, words)
}
