package logging_test

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"bcp/cmd/internal/logging"
	"bcp/journal"
)

func parse(t *testing.T, args ...string) *logging.Options {
	t.Helper()
	o := &logging.Options{}
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	o.AddFlags(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestLogger(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string // what the lines end with, in order
	}{
		{nil, []string{"level=INFO msg=kept", "level=ERROR msg=failed after=1.5s state=pending none=<nil>"}},
		{[]string{"--log-level", "debug"}, []string{"level=DEBUG msg=detail", "level=INFO msg=kept", "level=ERROR msg=failed after=1.5s state=pending none=<nil>"}},
		{[]string{"--log-level", "error"}, []string{"level=ERROR msg=failed after=1.5s state=pending none=<nil>"}},
		{[]string{"--log-level", "error", "--log-format", "json"}, []string{`"level":"ERROR","msg":"failed","after":"1.5s","state":"pending","none":"<nil>"}`}},
	} {
		o := parse(t, c.args...)
		if err := o.Check(); err != nil {
			t.Errorf("%v: %v", c.args, err)
			continue
		}
		var b strings.Builder
		log := o.Logger(&b)
		log.Debug("detail")
		log.Info("kept")
		log.Error("failed", "after", 1500*time.Millisecond, "state", journal.Pending, "none", (*journal.ID)(nil))
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		if len(lines) != len(c.want) {
			t.Errorf("%v: logged %q, want %q", c.args, lines, c.want)
			continue
		}
		for i, line := range lines {
			if !strings.HasSuffix(line, c.want[i]) {
				t.Errorf("%v: line %q, want %q", c.args, line, c.want[i])
			}
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--log-level", "loud"}, `--log-level "loud": debug, info, warn or error is accepted`},
		{[]string{"--log-level", ""}, `--log-level "": debug, info, warn or error is accepted`},
		{[]string{"--log-format", "xml"}, `--log-format "xml": text or json is accepted`},
	} {
		if err := parse(t, c.args...).Check(); err == nil || err.Error() != c.want {
			t.Errorf("%v: error %v, want %s", c.args, err, c.want)
		}
	}
}
