package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/journal/filter"
)

// When a task was submitted is asked for by terms: how long ago something was is counted by
// the clock of who reads these, and not by that of who asks.
func TestTimesAreTerms(t *testing.T) {
	var f api.Filter
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	addFilter(flags, &f)
	if err := flags.Parse([]string{"--filter", "held", "--since", "2h", "--older-than", "10m", "--newer-than", "1h"}); err != nil {
		t.Fatal(err)
	}
	if want := "held since=2h older-than=10m newer-than=1h"; string(f.Expr) != want || f.Since != "" || f.Before != "" {
		t.Errorf("%+v, want the expression %q alone", f, want)
	}
}

// A time that is too long for a filter is refused as any wrong one: left out, it would mean
// more tasks.
func TestLongTimesAreRefused(t *testing.T) {
	var f api.Filter
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	addFilter(flags, &f)
	if err := flags.Parse([]string{"--since", strings.Repeat("9", filter.BytesMax)}); err == nil {
		t.Errorf("taken as %q", f.Expr)
	}
}
