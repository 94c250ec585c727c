package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
	"bcp/cmd/internal/logging"
	"bcp/cmd/internal/values"
	"bcp/journal/place"
	"bcp/worker/runner"
)

// Values of --on-broker-lost.
const (
	lostFinish = "finish"
	lostStop   = "stop"
)

// exitCodeMax is the highest exit code that a process can have.
const exitCodeMax = 255

// options are the flags, as they were given, and the command.
type options struct {
	broker   string
	insecure bool
	name     string
	services []string
	slots    int

	labels    []string
	resources []string

	command     []string
	allowArgv   bool
	resultMax   int
	cancelGrace time.Duration
	notMeCode   int
	neverCode   int

	drainTimeout time.Duration
	onBrokerLost string

	log logging.Options
}

// AddFlags adds the flags with their defaults.
func (o *options) AddFlags(f *pflag.FlagSet) {
	host, _ := os.Hostname() // without one, --name has to be given
	f.StringVar(&o.broker, "broker", "tcp://127.0.0.1:5555", "the broker's `endpoint`, tcp://HOST:PORT or ipc://PATH")
	f.BoolVar(&o.insecure, "insecure", false, "take tasks from a broker on another machine, without authentication")
	f.StringVar(&o.name, "name", host, "the worker's `name`, unique among the broker's workers")
	f.StringArrayVar(&o.services, "service", nil, "`service` that the worker does tasks for; can be repeated")
	values.Whole(f, &o.slots, "slots", 1, 1, wire.MaxSlots, "tasks at a time")
	f.StringArrayVar(&o.labels, "label", nil, "`name=value` that tasks can select the worker by; can be repeated")
	f.StringArrayVar(&o.resources, "resource", nil, "`name=amount` that the worker has for what it runs at a time, as cpu=8 or mem=32GiB; can be repeated")

	f.BoolVar(&o.allowArgv, "allow-argv", false, "run a task's own command, if it brings one; COMMAND may be missing then")
	values.Bytes(f, &o.resultMax, "result-max", runner.DefaultResultMax, "largest standard output, in `bytes`; a command that writes more fails")
	values.Duration(f, &o.cancelGrace, "cancel-grace", 5*time.Second, "from TERM to KILL, where the broker does not say")

	values.Whole(f, &o.notMeCode, "not-me-exit-code", 0, 0, exitCodeMax, "exit `code` by which the command says that another worker shall do the task, such as 75; it costs no try; 0 for none")
	values.Whole(f, &o.neverCode, "never-exit-code", 0, 0, exitCodeMax, "exit `code` by which the command says that no further try can help, such as 65; 0 for none")

	values.Duration(f, &o.drainTimeout, "drain-timeout", 30*time.Second, "how long what runs may go on after SIGTERM")
	f.StringVar(&o.onBrokerLost, "on-broker-lost", lostFinish, "`what` becomes of what runs when the broker falls silent: finish or stop")
	o.log.AddFlags(f)
}

// check names the first flag or argument whose value is not accepted. Dash is
// how many arguments stood before "--", or negative.
func (o *options) check(dash int) error {
	for _, check := range []func() error{
		o.checkBroker, o.checkNames, o.checkOffer, o.checkNumbers, o.log.Check,
		func() error { return o.checkCommand(dash) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (o *options) checkBroker() error {
	host, err := zmtp.PeerHost(o.broker)
	if err != nil {
		return fmt.Errorf("--broker %q: %w", o.broker, err)
	}
	if !o.insecure && !wire.LoopbackHost(host) {
		return fmt.Errorf("--broker %s: it is on another machine, and there is no authentication yet: "+
			"a loopback address or ipc is accepted, or --insecure", o.broker)
	}
	return nil
}

func (o *options) checkNames() error {
	if err := wire.CheckName("--name", o.name); err != nil {
		return errors.New(err.Text)
	}
	if len(o.services) > wire.MaxServices {
		return fmt.Errorf("--service: %d of them, at most %d are accepted", len(o.services), wire.MaxServices)
	}
	for i, service := range o.services {
		if err := wire.CheckName("--service", service); err != nil {
			return errors.New(err.Text)
		}
		if slices.Contains(o.services[:i], service) {
			return fmt.Errorf("--service %q: each is accepted once", service)
		}
	}
	return nil
}

// checkOffer looks at what tasks can select the worker by. What bcp-ctl refuses to select by
// is no use as a label.
func (o *options) checkOffer() error {
	if err := place.CheckLabels(o.labels); err != nil {
		return fmt.Errorf("--label: %w", err)
	}
	for _, label := range o.labels {
		if place.Comparison(label) != "" {
			return fmt.Errorf("--label %q: a name without < and > is accepted, for bcp-ctl has no selector for others; and --resource name=amount for so much of something", label)
		}
	}
	if _, err := place.ParseAmounts(o.resources); err != nil {
		return fmt.Errorf("--resource: %w", err)
	}
	return nil
}

func (o *options) checkNumbers() error {
	switch {
	case o.resultMax < 1 || o.resultMax > wire.MaxBody:
		return fmt.Errorf("--result-max %d: 1 to %d bytes are accepted", o.resultMax, wire.MaxBody)
	case o.cancelGrace <= 0:
		return fmt.Errorf("--cancel-grace %v: more than 0 is accepted", o.cancelGrace)
	case o.neverCode != 0 && o.neverCode == o.notMeCode:
		return fmt.Errorf("--never-exit-code %d: --not-me-exit-code is the same: two different ones are accepted", o.neverCode)
	case o.onBrokerLost != lostFinish && o.onBrokerLost != lostStop:
		return fmt.Errorf("--on-broker-lost %q: finish or stop is accepted", o.onBrokerLost)
	}
	return nil
}

func (o *options) checkCommand(dash int) error {
	if len(o.command) == 0 {
		if o.allowArgv {
			return nil
		}
		return errors.New("no command: give one after --, or --allow-argv for tasks that bring their own")
	}
	if dash != 0 {
		return fmt.Errorf("argument %q: the command stands after --", o.command[0])
	}
	if _, err := exec.LookPath(o.command[0]); err != nil {
		return fmt.Errorf("command cannot be run: %w", err)
	}
	return nil
}
