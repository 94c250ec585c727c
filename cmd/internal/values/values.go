// Package values has the flags of the programs whose values are durations, sizes and whole
// numbers: 90s or 7d, 4096 or 64MiB, 3.
package values

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"bcp/journal"
	"bcp/journal/place"
)

// Duration adds a flag for a duration of whole milliseconds, 0 or more, whose default
// is what is there.
func Duration(f *pflag.FlagSet, p *time.Duration, name string, unless time.Duration, usage string) {
	*p = unless
	f.Var((*duration)(p), name, usage)
}

type duration time.Duration

// String is empty for none, so that a help shows no default where there is none.
func (v *duration) String() string {
	if *v == 0 {
		return ""
	}
	return journal.FormatDuration(time.Duration(*v).Milliseconds())
}

func (v *duration) Set(text string) error {
	ms, err := journal.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	*v = duration(time.Duration(ms) * time.Millisecond)
	return nil
}

func (*duration) Type() string { return "duration" }

// Bytes adds a flag for a size. Whether it is too small or too large is for others to
// say.
func Bytes[T int | int64](f *pflag.FlagSet, p *T, name string, unless T, usage string) {
	*p = unless
	f.Var(size[T]{p}, name, usage)
}

type size[T int | int64] struct{ n *T }

func (v size[T]) String() string { return strconv.FormatInt(int64(*v.n), 10) }

func (v size[T]) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		if n, err = place.ParseBytes(text); err != nil {
			return err // it has the text
		}
	}
	*v.n = T(n)
	return nil
}

func (size[T]) Type() string { return "bytes" }

// Whole adds a flag for a whole number from low to high.
func Whole[T int | uint64](f *pflag.FlagSet, p *T, name string, unless, low, high T, usage string) {
	*p = unless
	f.Var(whole[T]{p, low, high}, name, usage)
}

type whole[T int | uint64] struct {
	n         *T
	low, high T
}

func (v whole[T]) String() string { return fmt.Sprint(*v.n) }

func (v whole[T]) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || T(n) < v.low || T(n) > v.high {
		return fmt.Errorf("%q: a whole number from %d to %d is accepted", text, v.low, v.high)
	}
	*v.n = T(n)
	return nil
}

func (whole[T]) Type() string { return "n" }
