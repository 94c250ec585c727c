package journal

import "slices"

// Option is one thing that can be asked for with a task. The table Options has
// all of them, and everything that reads, writes, checks or shows options goes
// by it: the rows of the journal, the wire, the API, and the flags of programs.
//
//	wire: tag, bytes --+                      +--> row: tag, bytes
//	API:  JSON --------+--> Option <-> Spec --+--> wire, API, flags, words
//	flag: text --------+      |
//	                          +--> the one refusal: name, what was given, what is accepted
type Option struct {
	Number uint8    // tag on the wire; the row's follows from it
	Name   string   // as flags, errors and documents spell it
	Sort   Sort     // what its value is
	Low    int64    // least that is accepted: of a number, or of the texts' count
	High   int64    // most
	Other  int64    // what a number means that is left out, if not 0
	Words  []string // of a Choice: the name of each value; of a Set: of each bit
	About  string   // what it is for, in a line; `x` names the value
	Unless string   // what leaving it out means, in words, if it has to be said
	Edit   Edits    // when it can be changed after the submit
	Group  bool     // it is for a group as a whole: its members don't inherit it

	get   func(*Spec) int64
	set   func(*Spec, int64)
	texts func(*Spec) []string
	put   func(*Spec, []string) error
	check func(text string) error // of one text; says what is accepted

	none     int64 // what stands in a spec for a number that is given as 0, where leaving it out means more than that
	nameless bool  // texts differ as a whole, and not in what stands before = or :
}

// Sort is what an option's value is.
type Sort uint8

const (
	Number       Sort = iota + 1
	Milliseconds      // a duration
	Moment            // Unix milliseconds
	Switch            // no or yes
	Choice            // one of Option.Words
	Percent           // of 100
	Set               // some of Option.Words
	Text              // one text
	Texts             // several
	Tasks             // dependencies
)

// IsNumber tells whether the value is one number, which is written in 8 bytes.
func (o *Option) IsNumber() bool { return o.Sort < Text }

// Value returns a number.
func (o *Option) Value(s *Spec) int64 {
	n := o.get(s)
	if n == o.none {
		return 0
	}
	return n
}

// Texts returns the value of an option that is no number, nil for none.
func (o *Option) Texts(s *Spec) []string { return o.texts(s) }

// IsSet tells whether the option is other than when it is left out.
func (o *Option) IsSet(s *Spec) bool {
	if o.IsNumber() {
		return o.get(s) != o.Other
	}
	return len(o.texts(s)) > 0
}

// SetValue changes a number, or tells what is accepted.
func (o *Option) SetValue(s *Spec, n int64) error {
	if err := o.checkValue(n); err != nil {
		return err
	}
	if n == 0 {
		n = o.none
	}
	o.set(s, n)
	return nil
}

// LeaveOut makes the option what it is when it is left out.
func (o *Option) LeaveOut(s *Spec) {
	if o.IsNumber() {
		o.set(s, o.Other)
		return
	}
	_ = o.put(s, nil) // no text is one that can be put
}

// SetTexts changes the value of an option that is no number, or tells what is
// accepted.
func (o *Option) SetTexts(s *Spec, texts []string) error {
	if err := o.checkTexts(texts); err != nil {
		return err
	}
	return o.put(s, texts)
}

// OptionNumbered returns the option with a number, nil if there is none.
func OptionNumbered(n uint8) *Option {
	return byNumber[n]
}

// OptionNamed returns the option with a name, nil if there is none.
func OptionNamed(name string) *Option {
	i := slices.IndexFunc(Options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &Options[i]
}
