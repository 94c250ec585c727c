package journal

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Rate is how many there may be in 1,000 seconds, so that a second has whole
// numbers of them and thousandths.
type Rate uint32

// RateMax is the highest rate: a million a second, beyond what a broker does.
const RateMax Rate = 1_000_000_000

// rateDigits is how many digits a rate has behind its point.
const rateDigits = 3

// ParseRate reads a number a second, with up to three digits behind the point:
// 10, 2.5, 0.001. The error says what is accepted.
func ParseRate(s string) (Rate, error) {
	whole, fraction, point := strings.Cut(s, ".")
	if len(fraction) <= rateDigits && (fraction != "" || !point) {
		fraction += strings.Repeat("0", rateDigits-len(fraction))
		if n, err := strconv.ParseUint(whole+fraction, 10, 32); err == nil && whole != "" && n <= uint64(RateMax) {
			return Rate(n), nil
		}
	}
	return 0, fmt.Errorf("%q: a number a second such as 10, 2.5 or 0.001 is accepted, at most %v", s, RateMax)
}

// PerSecond returns the rate of n a second, rounded to thousandths; 0 for what is
// less than half of one, or none.
func PerSecond(n float64) Rate {
	return Rate(math.Round(min(max(n, 0), float64(RateMax)/1000) * 1000))
}

// String returns the number a second, as ParseRate reads it.
func (r Rate) String() string {
	return strconv.FormatFloat(float64(r)/1000, 'f', -1, 64)
}
