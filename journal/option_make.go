package journal

import (
	"math"
	"strings"
)

// A line of the table is made by the function of its sort, from the field of a Spec that
// has the value; the methods say the rest of it.

func number[T uint32 | int32 | int64](n uint8, name string, low, high int64, field func(*Spec) *T) Option {
	return Option{
		Number: n, Name: name, Sort: Number, Low: low, High: high,
		get: func(s *Spec) int64 { return int64(*field(s)) },
		set: func(s *Spec, n int64) { *field(s) = T(n) },
	}
}

func duration(n uint8, name string, field func(*Spec) *int64) Option {
	return number(n, name, 0, MaxTimeoutMS, field).as(Milliseconds)
}

func moment(n uint8, name string, field func(*Spec) *int64) Option {
	return number(n, name, 0, math.MaxInt64, field).as(Moment)
}

func percent(n uint8, name string, field func(*Spec) *uint32) Option {
	return number(n, name, 0, 100, field).as(Percent)
}

// set is an option whose words are bits, the first one the lowest.
func set[T ~uint8](n uint8, name string, words []string, field func(*Spec) *T) Option {
	o := choice(n, name, words, field).as(Set)
	o.High = 1<<len(words) - 1
	return o
}

func toggle(n uint8, name string, field func(*Spec) *bool) Option {
	return Option{
		Number: n, Name: name, Sort: Switch, High: 1,
		get: func(s *Spec) int64 { return asNumber(*field(s)) },
		set: func(s *Spec, n int64) { *field(s) = n != 0 },
	}
}

// either is an option of two words. The first is what leaving it out means.
func either(n uint8, name, first, second string, field func(*Spec) *bool) Option {
	o := toggle(n, name, field).as(Choice).otherwise(0, first)
	o.Words = []string{first, second}
	return o
}

func choice[T ~uint8](n uint8, name string, words []string, field func(*Spec) *T) Option {
	return Option{
		Number: n, Name: name, Sort: Choice, High: int64(len(words) - 1), Words: words,
		get: func(s *Spec) int64 { return int64(*field(s)) },
		set: func(s *Spec, n int64) { *field(s) = T(n) },
	}
}

func several(n uint8, name string, most int64, field func(*Spec) *[]string, check func(string) error) Option {
	return Option{
		Number: n, Name: name, Sort: Texts, High: most, check: check,
		texts: func(s *Spec) []string { return *field(s) },
		put:   func(s *Spec, texts []string) error { *field(s) = texts; return nil },
	}
}

func text(n uint8, name string, field func(*Spec) *string, check func(string) error) Option {
	return Option{
		Number: n, Name: name, Sort: Text, High: 1, check: check,
		texts: func(s *Spec) []string { return oneText(*field(s)) },
		put:   func(s *Spec, texts []string) error { *field(s) = strings.Join(texts, ""); return nil },
	}
}

// oneText is the text of an option that has one, none if that is empty.
func oneText(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func (o Option) as(sort Sort) Option {
	o.Sort = sort
	return o
}

func (o Option) about(line string) Option {
	o.About = line
	return o
}

// whole says that all of a text tells it from others, and not only its name.
func (o Option) whole() Option {
	o.nameless = true
	return o
}

// always is for an option that can be changed while an attempt is out.
func (o Option) always() Option {
	o.Edit = EditAlways
	return o
}

// ofGroup is for an option that members don't inherit.
func (o Option) ofGroup() Option {
	o.Group = true
	return o
}

func (o Option) otherwise(n int64, words string) Option {
	o.Other, o.Unless = n, words
	return o
}

// noneIs says what stands in a spec for 0, where 0 there is what the broker says.
func (o Option) noneIs(n int64) Option {
	o.none = n
	return o
}

// atLeast is for an option of which 0 can't be asked for: there, it is what the
// broker says.
func (o Option) atLeast(n int64) Option {
	o.Low = n
	return o
}

func asNumber(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
