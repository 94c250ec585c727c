// Package logging has the flags of a daemon's log, --log-level and --log-format,
// and makes the log that they ask for. A Sink writes it beside those who log:
//
//	slog.Logger --line--> Sink ... goroutine --> standard error
//	                       +--> counted, when too many wait
package logging

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/pflag"
)

const (
	formatText = "text"
	formatJSON = "json"
)

// Options are the flags, as they were given.
type Options struct {
	level  string
	format string
}

// AddFlags adds the flags with their defaults.
func (o *Options) AddFlags(f *pflag.FlagSet) {
	f.StringVar(&o.level, "log-level", "info", "`level`: debug, info, warn or error")
	f.StringVar(&o.format, "log-format", formatText, "`format`: text or json")
}

// Check names the first flag whose value is not accepted.
func (o *Options) Check() error {
	if _, err := o.parseLevel(); err != nil {
		return fmt.Errorf("--log-level %q: debug, info, warn or error is accepted", o.level)
	}
	if o.format != formatText && o.format != formatJSON {
		return fmt.Errorf("--log-format %q: text or json is accepted", o.format)
	}
	return nil
}

// Logger makes a log that is written to w; if that is a Sink, the lines that it loses are
// told in the log. The options must have passed Check.
func (o *Options) Logger(w io.Writer) *slog.Logger {
	if sink, ok := w.(*Sink); ok {
		sink.tell = func(to io.Writer, lost int64) {
			o.logger(to).Warn("lines of this log were lost, for nobody read it", "lines", lost)
		}
	}
	return o.logger(w)
}

func (o *Options) logger(w io.Writer) *slog.Logger {
	level, _ := o.parseLevel()
	h := &slog.HandlerOptions{Level: level}
	if o.format == formatJSON {
		h.ReplaceAttr = inWords
		return slog.New(slog.NewJSONHandler(w, h))
	}
	return slog.New(slog.NewTextHandler(w, h))
}

// inWords writes a duration or a state as text has it: JSON alone would have its number.
func inWords(_ []string, a slog.Attr) slog.Attr {
	if s, ok := a.Value.Any().(fmt.Stringer); ok && a.Value.Kind() != slog.KindTime {
		a.Value = slog.StringValue(fmt.Sprint(s)) // which takes a pointer that is nil
	}
	return a
}

func (o *Options) parseLevel() (level slog.Level, err error) {
	return level, level.UnmarshalText([]byte(o.level))
}
