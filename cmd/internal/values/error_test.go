package values_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"bcp/cmd/internal/values"
)

func TestFlagError(t *testing.T) {
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	var count int
	values.Whole(flags, &count, "count", 1, 1, 4096, "")
	var kept uint64
	values.Whole(flags, &kept, "keep-count", 1, 1, math.MaxInt64, "")
	flags.Bool("hold", false, "")
	var keep time.Duration
	values.Duration(flags, &keep, "keep", 0, "")
	for arg, want := range map[string]string{
		"--count=many":                      `--count "many": a whole number from 1 to 4096 is accepted`,
		"--count=":                          `--count "": a whole number from 1 to 4096 is accepted`,
		"--count=1.5":                       `--count "1.5": a whole number from 1 to 4096 is accepted`,
		"--count=1e3":                       `--count "1e3": a whole number from 1 to 4096 is accepted`,
		"--count=-1":                        `--count "-1": a whole number from 1 to 4096 is accepted`,
		"--count=0":                         `--count "0": a whole number from 1 to 4096 is accepted`,
		"--count=4097":                      `--count "4097": a whole number from 1 to 4096 is accepted`,
		"--count=0x10":                      `--count "0x10": a whole number from 1 to 4096 is accepted`,
		"--count=9999999999999999999":       `--count "9999999999999999999": a whole number from 1 to 4096 is accepted`,
		"--keep-count=-1":                   `--keep-count "-1": a whole number from 1 to 9223372036854775807 is accepted`,
		"--keep-count=18446744073709551616": `--keep-count "18446744073709551616": a whole number from 1 to 9223372036854775807 is accepted`,
		"--hold=maybe":                      `--hold "maybe": true or false is accepted`,
		"--keep=soon":                       `--keep "soon": a duration of whole milliseconds`,
		"--nothing":                         "unknown flag: --nothing: one that --help lists is accepted",
	} {
		err := flags.Parse([]string{arg})
		if err == nil || !strings.HasPrefix(values.FlagError(err).Error(), want) {
			t.Errorf("%s: %v, want %s", arg, values.FlagError(err), want)
		}
	}
}
