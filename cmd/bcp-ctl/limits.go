package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

func newLimitsCommand(g *globals) *cobra.Command {
	return newGroup("limits", "List, set and unset limits of what runs at a time",
		newLimitsListCommand(g), newLimitsChangeCommand(g, &setWords), newLimitsChangeCommand(g, &unsetWords))
}

func limitView() view[api.Limit] {
	now := time.Now()
	return view[api.Limit]{
		plural: "limits",
		name:   func(l api.Limit) string { return l.Limit },
		columns: []column[api.Limit]{
			{"LIMIT", nil, func(l api.Limit) string { return l.Limit }},
			{"RUNNING", nil, runningText},
			{"RATE", nil, func(l api.Limit) string { return limitRateText(&l) }},
			{"CHANGED", inTable, func(l api.Limit) string { return age(l.ChangedAt, now) }},
			{"CHANGED", inWide, func(l api.Limit) string { return l.ChangedAt.String() }},
			{"BY", nil, func(l api.Limit) string { return l.By }},
			{"TEXT", nil, func(l api.Limit) string { return l.Reason }},
		},
	}
}

// runningText tells how many attempts are out of how many that may be.
func runningText(l api.Limit) string {
	if l.Running == 0 {
		return strconv.Itoa(int(l.Out))
	}
	return fmt.Sprintf("%d/%d", l.Out, l.Running)
}

func limitRateText(l *api.Limit) string {
	switch {
	case l.Rate > 0:
		return fmt.Sprintf("%v/s, burst %d", l.Rate, l.Burst)
	case !l.Set():
		return "unset"
	}
	return ""
}

func newLimitsListCommand(g *globals) *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the limits that are set",
		Long: `List the limits that are set, with how many attempts each counts at this moment,
and who changed it last. With --all those that were unset are listed, too.` +
			exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args: someArgs(0, 0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runLimitsList(cmd.Context(), g, all, stdioOf(cmd))
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "list limits that were unset, too")
	return cmd
}

func runLimitsList(ctx context.Context, g *globals, all bool, std stdio) error {
	s, err := g.source()
	if err != nil {
		return err
	}
	defer s.Close()
	p := newPrinter(g, std.out, limitView())
	err = s.Limits(ctx, func(l api.Limit) error {
		if !l.Set() && !all {
			return nil
		}
		return p.add(l)
	})
	if err != nil {
		return p.cutOff(err)
	}
	return p.finish(std.words)
}

// limitWords are the words of a command that changes a limit.
type limitWords struct {
	do      wire.LimitDo
	name    string
	short   string
	long    string
	example string
	flags   func(*limitsChangeOptions, *pflag.FlagSet)
}

var setWords = limitWords{
	do: wire.LimitSet, name: "set", short: "Set a limit, or change it",
	long: `Set a limit, or change it. LIMIT is service/NAME for the tasks for a service,
client/NAME for those of a client, or key/NAME for those with --limit-key NAME. What
is not given stays as it is.

A limit lets at least one attempt go, so that none can pause a service: tasks hold
--service NAME puts aside what waits for it, and tasks release lets that go on.

The limit holds from then on, also after a restart of the broker, until it is
changed. One that is lowered stops nothing that runs; what waits for one that is
raised goes at once.`,
	example: "  bcp-ctl limits set service/hash --running 10 --rate 2.5\n" +
		"  bcp-ctl limits set key/db --running 3 --reason 'the new disk is slow'\n" +
		"  bcp-ctl limits set client/anna --running 100",
	flags: (*limitsChangeOptions).addNumbers,
}

var unsetWords = limitWords{
	do: wire.LimitUnset, name: "unset", short: "Unset a limit, or a part of it",
	long: `Unset a limit: all of it, or with --running or --rate that part. What waits for it
goes at once. One that is not set stays as it is, which is told, and is no error.`,
	example: "  bcp-ctl limits unset key/db\n" +
		"  bcp-ctl limits unset service/hash --rate",
	flags: (*limitsChangeOptions).addParts,
}

type limitsChangeOptions struct {
	api.LimitChange
	rate  string
	parts struct{ running, rate bool } // to be unset: all, if there are none
}

// addNumbers adds flags for what is set.
func (o *limitsChangeOptions) addNumbers(f *pflag.FlagSet) {
	f.Var((*limitCount)(&o.Running), "running", "`n` attempts that may be with workers at a time")
	f.StringVar(&o.rate, "rate", "", "`n` dispatches a second, such as 10, 2.5 or 0.001; of a service only")
	f.Var((*limitCount)(&o.Burst), "burst", "`n` of these may follow at once after a time without (default what --rate gives in a second)")
}

// addParts adds flags for what is unset.
func (o *limitsChangeOptions) addParts(f *pflag.FlagSet) {
	addPart(f, &o.parts.running, "running", "how many attempts may be with workers at a time")
	addPart(f, &o.parts.rate, "rate", "how many dispatches a second there may be, and how many at once")
}

// addPart adds a flag for one of them.
func addPart(f *pflag.FlagSet, to *bool, name, usage string) {
	addSwitch(f, onlyValue{to, "a part that is not named stays, and all are unset if none is"}, name, usage)
}

// addWho adds flags for who asks, and why.
func (o *limitsChangeOptions) addWho(f *pflag.FlagSet) {
	f.StringVar(&o.By, "by", operator(), "`name` of who asks, which is kept with the limit")
	f.StringVar(&o.Reason, "reason", "", "`text` that is kept with the limit")
}

// limitCount is a flag for how many there may be of something.
type limitCount uint32

func (n *limitCount) String() string {
	if *n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(*n), 10)
}

// Set implements pflag.Value. In an api.LimitChange 0 stands for what is not given.
func (n *limitCount) Set(text string) error {
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil || number == 0 {
		return fmt.Errorf("%q: a whole number from 1 to %d is accepted; limits unset removes it", text, wire.MaxRunning)
	}
	*n = limitCount(number)
	return nil
}

func (*limitCount) Type() string { return "n" }

func newLimitsChangeCommand(g *globals, words *limitWords) *cobra.Command {
	o := &limitsChangeOptions{}
	cmd := &cobra.Command{
		Use:     words.name + " LIMIT [flags]",
		Short:   words.short,
		Long:    words.long + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker),
		Example: words.example,
		Args:    someArgs(1, 1, "one limit, service/NAME, client/NAME or key/NAME,"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Limit = args[0]
			if err := o.check(words.do); err != nil {
				return inFlags(cmd.Flags(), err)
			}
			return refusedFlags(cmd.Flags(), runLimitsChange(cmd.Context(), g, words.do, o, stdioOf(cmd)))
		},
	}
	words.flags(o, cmd.Flags())
	o.addWho(cmd.Flags())
	return cmd
}

func runLimitsChange(ctx context.Context, g *globals, do wire.LimitDo, o *limitsChangeOptions, std stdio) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	change := c.SetLimit
	var before api.Limit
	if do == wire.LimitUnset {
		change = c.UnsetLimit
		if before, err = limitNow(ctx, c, o.Limit); err != nil {
			return err
		}
	}
	l, err := change(ctx, o.LimitChange)
	if err != nil {
		return err
	}
	if do == wire.LimitUnset && before.Running == l.Running && before.Rate == l.Rate {
		fmt.Fprintf(std.words, "%s: nothing is changed.\n", printable(notSetText(&l)))
	}
	return printItem(g, std.out, limitView(), l, nil)
}

// limitNow returns a limit as it is before it is changed.
func limitNow(ctx context.Context, c *api.Client, id string) (now api.Limit, err error) {
	err = c.Limits(ctx, func(l api.Limit) error {
		if l.Limit == id {
			now = l
		}
		return nil
	})
	return now, err
}

// notSetText tells why nothing is unset.
func notSetText(l *api.Limit) string {
	switch {
	case l.ChangedAt.IsZero():
		return l.Limit + " was never set"
	case l.Set():
		return l.Limit + " has no such part"
	}
	return l.Limit + " is not set"
}

// check reads the rate, and tells what is wrong before anybody is asked. A part that is to
// be unset is named by any number of it.
func (o *limitsChangeOptions) check(do wire.LimitDo) error {
	if o.parts.running {
		o.Running = 1
	}
	if o.parts.rate {
		o.rate = "1"
	}
	if o.rate != "" {
		rate, err := journal.ParseRate(o.rate)
		if err != nil {
			return fmt.Errorf("rate %w", err)
		}
		if rate == 0 {
			return fmt.Errorf("rate %q: more than 0 is accepted; limits unset removes it", o.rate)
		}
		o.Rate = float64(rate) / 1000
	}
	if do == wire.LimitSet && o.Running == 0 && o.rate == "" && o.Burst == 0 {
		return errors.New("at least one of --running, --rate and --burst is accepted")
	}
	_, err := o.Ask(do)
	return err
}
