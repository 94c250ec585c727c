package journal

import (
	"fmt"
	"strconv"
	"strings"
)

// LimitKeyMax is the highest number that a task may say for a limit key, and an
// operator for any limit: more attempts than a broker has out.
const LimitKeyMax = 1_000_000

// ParseLimitKey reads a task's limit key, which CheckOptions accepts: its name
// alone, or name=number for one that the task itself bounds. The number is 0
// without one.
func ParseLimitKey(key string) (name string, running uint32) {
	name, number, _ := strings.Cut(key, "=")
	n, _ := strconv.ParseUint(number, 10, 32)
	return name, uint32(n)
}

func checkLimitKey(key string) error {
	name, number, has := strings.Cut(key, "=")
	n, err := strconv.ParseUint(number, 10, 32)
	if len(key) > MaxName || !Printable(name) || has && (err != nil || n < 1 || n > LimitKeyMax) {
		return fmt.Errorf("KEY or KEY=N in printable UTF-8 of at most %d bytes without spaces is accepted, N from 1 to %d", MaxName, LimitKeyMax)
	}
	return nil
}
