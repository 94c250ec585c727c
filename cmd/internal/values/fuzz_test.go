package values_test

import (
	"testing"
	"time"

	"github.com/spf13/pflag"

	"bcp/cmd/internal/values"
	"bcp/scripts/mutants"
)

// FuzzFlag reads any text as a duration and as a size: what is accepted is shown in a way
// that reads the same, and what is not changes nothing.
func FuzzFlag(f *testing.F) {
	var keep time.Duration
	var max int64
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	values.Duration(flags, &keep, "keep", 0, "")
	values.Bytes(flags, &max, "max", 0, "")
	mutants.Fuzz(f, mutants.Texts("7d", "2h30m", "90s", "1ms", "0", "64MiB", "1.5k", "-1", "9223372036854775807", "8388607TiB", ""), func(t testing.TB, input []byte) {
		s := string(input)
		keep, max = 0, 0
		if err := flags.Set("keep", s); err != nil && keep != 0 || keep < 0 || keep%time.Millisecond != 0 {
			t.Errorf("%q is %v, %v", s, keep, err)
		}
		if kept := keep; kept != 0 {
			if err := flags.Set("keep", flags.Lookup("keep").Value.String()); err != nil || keep != kept {
				t.Errorf("%q is %v, and then %v, %v", s, kept, keep, err)
			}
		}
		if err := flags.Set("max", s); err != nil && max != 0 {
			t.Errorf("%q is %d, %v", s, max, err)
		}
		if most := max; most != 0 {
			if err := flags.Set("max", flags.Lookup("max").Value.String()); err != nil || max != most {
				t.Errorf("%q is %d, and then %d, %v", s, most, max, err)
			}
		}
	})
}
