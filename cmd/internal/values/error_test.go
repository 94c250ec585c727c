package values_test

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"bcp/cmd/internal/values"
)

func TestFlagError(t *testing.T) {
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.Int("count", 0, "")
	flags.Uint64("keep-count", 0, "")
	flags.Int32("priority", 0, "")
	flags.Bool("hold", false, "")
	var keep time.Duration
	values.Duration(flags, &keep, "keep", 0, "")
	for arg, want := range map[string]string{
		"--count=many":                         `--count "many": a number from 0 is accepted`,
		"--count=9999999999999999999":          `--count "9999999999999999999": a number nearer to 0 is accepted`,
		"--keep-count=-1":                      `--keep-count "-1": a number from 0 is accepted`,
		"--keep-count=99999999999999999999999": `--keep-count "99999999999999999999999": a number nearer to 0 is accepted`,
		"--priority=1.5":                       `--priority "1.5": a whole number is accepted`,
		"--priority=9999999999":                `--priority "9999999999": a number nearer to 0 is accepted`,
		"--hold=maybe":                         `--hold "maybe": true or false is accepted`,
		"--keep=soon":                          `--keep "soon": a duration of whole milliseconds`,
		"--nothing":                            "unknown flag: --nothing",
	} {
		err := flags.Parse([]string{arg})
		if err == nil || !strings.HasPrefix(values.FlagError(err).Error(), want) {
			t.Errorf("%s: %v, want %s", arg, values.FlagError(err), want)
		}
	}
}
