package main

import (
	"errors"
	"io"
	"log/slog"
	"strings"

	"bcp/broker/wire"
	"bcp/worker"
	"bcp/worker/lines"
)

const (
	// complaintsMax is how many lines of one attempt that are not understood are
	// logged: the rest is only counted.
	complaintsMax = 10
	// quoteMax is how much of such a line is logged, in bytes.
	quoteMax = 200
)

// timeouts are those that a command may change, by their words.
var timeouts = map[string]worker.Timeout{
	"run": worker.RunTimeout, "silence": worker.SilenceTimeout, "life": worker.LifeTimeout,
}

// speech is what the command of one attempt says of it.
type speech struct {
	task       *worker.Task
	log        *slog.Logger
	complaints int
	class      string // of the error, if the command fails; "" for none
}

// listen takes in what the attempt's command says.
func (s *speech) listen(r io.Reader) {
	_ = lines.Read(r, s.line) // how its pipe ends doesn't matter
	if more := s.complaints - complaintsMax; more > 0 {
		s.log.Warn("more lines of the command are not understood", "lines", more)
	}
}

// line takes in one line. One that is not understood is told, and does no harm.
func (s *speech) line(text string, err error) {
	var said lines.Line
	if err == nil {
		said, err = lines.Parse(text)
	}
	if err == nil {
		err = s.do(said)
	}
	if err == nil {
		return
	}
	if s.complaints++; s.complaints <= complaintsMax {
		s.log.Warn("line of the command is not understood", "line", text[:min(len(text), quoteMax)], "error", inWords(err))
	}
}

// inWords is what an error says, without the code that a refusal in it has for programs.
func inWords(err error) string {
	if refused := new(wire.Error); errors.As(err, &refused) {
		return strings.Replace(err.Error(), refused.Error(), refused.Text, 1)
	}
	return err.Error()
}

// do does what a line asks for.
func (s *speech) do(said lines.Line) error {
	switch said := said.(type) {
	case lines.Progress:
		s.task.Progress(said.Fraction, said.Text)
	case lines.Set:
		return s.task.Set(said.Name, said.Value)
	case lines.Checkpoint:
		return s.task.SaveCheckpointSoon(said.State)
	case lines.Class:
		s.class = said.Name
	case lines.Extend:
		return s.task.ExtendSoon(timeouts[said.Timeout], said.Left, said.Why)
	case lines.CheckpointFile:
		state, err := readState(said.Path)
		if err != nil {
			return err
		}
		return s.task.SaveCheckpointSoon(state)
	}
	return nil
}
