package values_test

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"bcp/cmd/internal/values"
)

func TestValues(t *testing.T) {
	for _, c := range []struct {
		given string
		keep  time.Duration
		max   int64
		says  string
	}{
		{"", time.Hour, 5, ""},
		{"--keep 7d", 7 * 24 * time.Hour, 5, ""},
		{"--keep 90s --max 64MiB", 90 * time.Second, 64 << 20, ""},
		{"--max 1.5k", time.Hour, 1500, ""},
		{"--max -1", time.Hour, -1, ""},
		{"--keep 7", 0, 0, "a duration of whole milliseconds, such as 90s, 2h30m or 7d, is accepted"},
		{"--keep -1s", 0, 0, "a duration of whole milliseconds"},
		{"--max 64MX", 0, 0, `size "64MX": a whole number of bytes is accepted, with k, M, G, T, Ki, Mi, Gi or Ti after it, with or without B`},
		{"--max 1.0001k", 0, 0, `size "1.0001k": a whole number of bytes`},
	} {
		var keep time.Duration
		var max int64
		f := pflag.NewFlagSet("test", pflag.ContinueOnError)
		values.Duration(f, &keep, "keep", time.Hour, "")
		values.Bytes(f, &max, "max", 5, "")
		err := f.Parse(strings.Fields(c.given))
		switch {
		case c.says != "":
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v\nshould say %s", c.given, err, c.says)
			}
		case err != nil || keep != c.keep || max != c.max:
			t.Errorf("%s: %v, %d, %v", c.given, keep, max, err)
		}
	}
}

func TestNoDuration(t *testing.T) {
	var keep time.Duration
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	values.Duration(f, &keep, "keep", 0, "for so long (default for ever)")
	if help := f.FlagUsages(); strings.Contains(help, "0s") {
		t.Errorf("a default where there is none: %s", help)
	}
}
