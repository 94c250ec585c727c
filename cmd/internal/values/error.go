package values

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/pflag"
)

// FlagError tells of what cobra has found wrong with a flag: its name, what it was given
// and what it accepts.
func FlagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	flag := "--" + invalid.GetFlag().Name
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%s %q: a number nearer to 0 is accepted", flag, invalid.GetValue())
	}
	switch invalid.GetFlag().Value.Type() {
	case "int", "uint32", "uint64":
		return fmt.Errorf("%s %q: a number from 0 is accepted", flag, invalid.GetValue())
	case "int32":
		return fmt.Errorf("%s %q: a whole number is accepted", flag, invalid.GetValue())
	case "bool":
		return fmt.Errorf("%s %q: true or false is accepted", flag, invalid.GetValue())
	}
	return fmt.Errorf("%s %w", flag, invalid.Unwrap())
}
