package place

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Amount is an amount of a resource, in thousandths. It is a whole number, so that sums are
// exact: what an attempt takes and gives back is the same.
type Amount int64

const (
	one       Amount = 1000
	AmountMax        = 1_000_000_000_000_000 * one // 10^15, about a pebibyte; the sum of some of them still fits
)

// units are the factors that a suffix stands for, in thousandths.
var units = []struct {
	suffix string
	factor Amount
}{
	{"Ki", 1 << 10 * one},
	{"Mi", 1 << 20 * one},
	{"Gi", 1 << 30 * one},
	{"Ti", 1 << 40 * one},
	{"k", 1e3 * one},
	{"M", 1e6 * one},
	{"G", 1e9 * one},
	{"T", 1e12 * one},
	{"m", 1},
	{"", one},
}

// powers are those of ten by which decimals divide.
var powers = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12}

// parseAmount reads a decimal number, with k, M, G, T, Ki, Mi, Gi or Ti after it,
// each with or without B, or with m for thousandths. The error says what is
// accepted.
func parseAmount(s string) (Amount, error) {
	number := strings.TrimRight(s, "BKMGTikm")
	suffix := s[len(number):]
	for _, u := range units {
		if suffix == u.suffix || suffix == u.suffix+"B" && u.suffix != "m" {
			return scale(s, number, u.factor)
		}
	}
	return 0, amountError(s)
}

// ParseBytes parses a size in bytes: an amount that is a whole number, and at least 1. The
// error says what is accepted.
func ParseBytes(s string) (int64, error) {
	n, err := parseAmount(s)
	if err != nil || n%one != 0 {
		return 0, fmt.Errorf("size %q: a whole number of bytes is accepted, with k, M, G, T, Ki, Mi, Gi or Ti after it, with or without B; at most %s", s, AmountMax)
	}
	return int64(n / one), nil
}

// scale multiplies a decimal number by a factor; s is all of it, for the error.
func scale(s, number string, factor Amount) (Amount, error) {
	number, negative := strings.CutPrefix(number, "-")
	whole, decimals, _ := strings.Cut(number, ".")
	digits := whole + decimals
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case digits == "" || strings.Trim(digits, "0123456789") != "":
		return 0, amountError(s)
	case negative || err != nil || len(decimals) >= len(powers):
		return 0, boundsError(s)
	}
	high, low := bits.Mul64(n, uint64(factor))
	if high >= powers[len(decimals)] {
		return 0, boundsError(s)
	}
	n, rest := bits.Div64(high, low, powers[len(decimals)])
	switch {
	case n > uint64(AmountMax) || n == 0:
		return 0, boundsError(s)
	case rest != 0:
		return 0, fmt.Errorf("amount %q: it is finer than a thousandth", s)
	}
	return Amount(n), nil
}

func boundsError(s string) error {
	return fmt.Errorf("amount %q: 0.001 to %s are accepted, of at most %d decimals", s, AmountMax, len(powers)-1)
}

func amountError(s string) error {
	return fmt.Errorf("amount %q: a number is accepted, with k, M, G, T, Ki, Mi, Gi or Ti after it, with or without B, or m for thousandths", s)
}

// String returns the amount in the form that parseAmount accepts: in the largest of the units
// Ti, Gi and Mi of which it is a whole number, or else as a plain number.
func (a Amount) String() string {
	for i := 3; i > 0; i-- { // Ti, Gi, Mi
		if u := units[i]; a != 0 && a%u.factor == 0 {
			return strconv.FormatInt(int64(a/u.factor), 10) + u.suffix
		}
	}
	s := strconv.FormatInt(int64(a/one), 10)
	if rest := a % one; rest != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%03d", rest), "0")
	}
	return s
}

// Resource is an amount of something, by name, that a worker has and attempts take.
type Resource struct {
	Name   string
	Amount Amount
}

// String returns name=amount.
func (r Resource) String() string { return r.Name + "=" + r.Amount.String() }

// Amounts are resources, each name once, in order of their names.
type Amounts []Resource

// ParseResource parses name=amount. The error says what is accepted.
func ParseResource(s string) (Resource, error) {
	name, text, found := strings.Cut(s, "=")
	if !found || len(s) > MaxPair || !nameOK(name) {
		return Resource{}, fmt.Errorf("name=amount of at most %d bytes is accepted, as cpu=2 or mem=1.5GiB", MaxPair)
	}
	if name == "slots" {
		return Resource{}, errors.New("every attempt takes one of its worker's slots: other names are accepted")
	}
	n, err := parseAmount(text)
	return Resource{name, n}, err
}

// ParseAmounts parses a list of name=amount. The error says what is accepted.
func ParseAmounts(list []string) (Amounts, error) {
	if len(list) > MaxResources {
		return nil, fmt.Errorf("%d resources: at most %d are accepted", len(list), MaxResources)
	}
	var amounts Amounts
	for _, s := range list {
		r, err := ParseResource(s)
		if err != nil {
			return nil, fmt.Errorf("resource %q: %w", s, err)
		}
		i, taken := amounts.find(r.Name)
		if taken {
			return nil, fmt.Errorf("resource %q: each name is accepted once", s)
		}
		amounts = slices.Insert(amounts, i, r)
	}
	return amounts, nil
}

func (a Amounts) find(name string) (int, bool) {
	return slices.BinarySearchFunc(a, name, func(r Resource, name string) int { return strings.Compare(r.Name, name) })
}

// Of returns the amount of a resource, 0 if it is not among them.
func (a Amounts) Of(name string) Amount {
	if i, ok := a.find(name); ok {
		return a[i].Amount
	}
	return 0
}

// Short returns the first of the resources that are needed of which a has too little, and
// whether there is one.
func (a Amounts) Short(needs Amounts) (r Resource, short bool) {
	for _, r := range needs {
		if a.Of(r.Name) < r.Amount {
			return r, true
		}
	}
	return Resource{}, false
}

// Share tells whether a and b have a resource in common.
func (a Amounts) Share(b Amounts) bool {
	return slices.ContainsFunc(b, func(r Resource) bool { return a.Of(r.Name) > 0 })
}

// Add adds the amounts that are needed, or takes them away if times is -1. Resources that a
// does not have are left out.
func (a Amounts) Add(needs Amounts, times Amount) {
	for _, r := range needs {
		if i, ok := a.find(r.Name); ok {
			a[i].Amount += times * r.Amount
		}
	}
}

// Strings returns the amounts in the form that ParseAmounts accepts.
func (a Amounts) Strings() []string {
	var list []string
	for _, r := range a {
		list = append(list, r.String())
	}
	return list
}
