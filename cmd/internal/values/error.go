package values

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// FlagError tells of what cobra has found wrong with a flag: its name, what it was given
// and what it accepts.
func FlagError(err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		return fmt.Errorf("%w: one that --help lists is accepted", err)
	}
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	flag := "--" + invalid.GetFlag().Name
	if invalid.GetFlag().Value.Type() == "bool" {
		return fmt.Errorf("%s %q: true or false is accepted", flag, invalid.GetValue())
	}
	return fmt.Errorf("%s %w", flag, invalid.Unwrap())
}
