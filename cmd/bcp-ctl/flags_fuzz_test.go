package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/filter"
	"bcp/scripts/mutants"
)

// FuzzListFlags reads any lines as the flags of a list: what the tool accepts, the broker
// reads as the same, and no flag changes what another means.
func FuzzListFlags(f *testing.F) {
	seeds := mutants.Texts(
		"--filter=state=failed key=\"a b\"* !held\n--state=done,failed\n--worker=node7\n--sort=-ended\n--limit=20", "--label=run=7\n--label=user\n--since=24h\n--older-than=2h30m\n--held",
		"--since=2026-01-31T12:00:00Z\n--newer-than=7d\n--all\n--array=01JD3\n--service=a\"b\n--delayed=false", "--filter\nage>2h", "",
	)
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		o := &tasksListOptions{}
		if !parsesFlags(o, input) {
			return
		}
		if _, err := o.Compile(); err != nil {
			return
		}
		if _, _, err := o.Order(); err != nil {
			return
		}
		if _, err := filter.Parse(string(o.Expr)); err != nil {
			t.Errorf("%q are accepted together, and the filter %q alone is not: %v", input, o.Expr, err)
		}
		read, err := api.ParseList(o.Values())
		if err != nil || !reflect.DeepEqual(read, o.List) {
			t.Errorf("%q is %+v, and the broker reads %+v, %v", input, o.List, read, err)
		}
	})
}

// parsesFlags reads a line for each argument.
func parsesFlags(o interface{ AddFlags(*pflag.FlagSet) }, input []byte) bool {
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.Usage = func() {} // of --help
	o.AddFlags(flags)
	return flags.Parse(strings.Split(string(input), "\n")) == nil
}

// FuzzSubmitFlags reads any lines as the flags of a submit: what is accepted of the options
// is shown in a way that reads the same.
func FuzzSubmitFlags(f *testing.F) {
	seeds := mutants.Texts(
		"--service=s\n--tries=3\n--retry-delay=10s\n--priority=-10\n--hold\n--label=a=b\n--label=c=d", "--where=gpu=a100|h100,zone!=b\n--resource=cpu=4\n--resource=mem=1.5GiB\n--array=0-9",
		"--not-before=2026-02-01T02:00:00Z\n--run-timeout=2h\n--on-worker-lost=wait\n--tries-count=error,lost\n--fatal-class=oom", "--not-before=2h\n--prefer=disk=fast\n--prefer-for=30s\n--success=50%", "",
	)
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		o := &tasksSubmitOptions{}
		if !parsesFlags(o, input) {
			return
		}
		for i := range journal.Options {
			value := optionValue{option: &journal.Options[i], spec: &o.submission.Options.Spec}
			again := optionValue{option: value.option, spec: new(journal.Spec)}
			shown := value.String()
			if shown == "" || !value.option.IsNumber() {
				continue
			}
			if err := again.Set(shown); err != nil || again.String() != shown {
				t.Errorf("%q: %s is shown as %q, and that is read as %q, %v", input, value.option.Name, shown, again.String(), err)
			}
		}
	})
}
