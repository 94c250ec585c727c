package main

import (
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"
)

// bar shows how many tasks have ended. Where the output is no terminal, it is a
// line for each tenth.
type bar struct {
	drawn    *progressbar.ProgressBar // nil if there is no terminal
	n, total int
}

func newBar(total int) *bar {
	b := &bar{total: total}
	if isTerminal(os.Stdout) {
		b.drawn = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(os.Stdout),
			progressbar.OptionSetDescription("tasks ended"),
			progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(25),
		)
	}
	return b
}

func (b *bar) add() {
	b.n++
	switch {
	case b.drawn != nil:
		_ = b.drawn.Add(1) // a bar that can't be drawn is no error of the job
	case b.n*10/b.total > (b.n-1)*10/b.total:
		fmt.Printf("%3d %% of the tasks ended\n", b.n*100/b.total)
	}
}

// say prints words above the bar.
func (b *bar) say(words string) {
	if b.drawn != nil {
		_ = b.drawn.Clear()
	}
	fmt.Println(words)
}

func (b *bar) finish() {
	if b.drawn != nil {
		fmt.Println()
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
