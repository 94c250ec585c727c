package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// others are the brokers that ours is compared with, and the Debian packages that they
// need. nats-server is built from the module of its programs.
var others = []struct {
	name     string
	packages []string
}{
	{"beanstalkd", []string{"beanstalkd"}},
	{"gearmand", []string{"gearman-job-server"}},
	{"redis", []string{"redis-server"}},
	{"nats", nil},
	{"rabbitmq", []string{"rabbitmq-server"}},
	{"postgresql", []string{"postgresql"}},
	{"majordomo-py", []string{"python3-zmq"}},
	{"majordomo-c", nil},
	{"ipyparallel", []string{"python3-ipyparallel"}},
}

// againstCell compares the broker with others, which do the same work: see
// outside/peers. One that can't be had is left out, with the reason.
type againstCell struct {
	o    *options
	gone map[string]bool // those that are left out
}

// againstName is the cell's name. It is measured when others are named.
const againstName = "against"

// othersWarm is how long the others warm up at least: some are slow to fill.
const othersWarm = 2 * time.Second

// natsPackage is the program nats-server, of the version that outside/go.mod names.
const natsPackage = "github.com/nats-io/nats-server/v2"

// ofOurs is how many tasks the broker does in the time in which another does one.
const ofOurs = "BCP does, of its tasks/s"

func newAgainstCell(o *options) cell { return &againstCell{o: o, gone: map[string]bool{}} }

func (c *againstCell) measure(ctx context.Context, s *sheet) error {
	s.Head = fmt.Sprintf("against others, %d workers", c.o.fleet)
	var ours float64
	for _, kind := range []string{"lean", "go"} {
		progress("   BCP, %s peers", kind)
		m, err := runLoad(ctx, c.o, kind, c.o.fleet, c.o.brokerCommand)
		if err != nil {
			return err
		}
		m.addTo(s, "BCP, "+kind+" peers")
		if kind == "lean" {
			ours = m.perSecond
		}
	}
	for _, other := range others {
		if c.gone[other.name] || !slices.Contains(c.o.against, other.name) {
			continue
		}
		progress("   %s", other.name)
		if err := c.one(ctx, s, other.name, other.packages, ours); err != nil {
			c.gone[other.name] = true
			s.note("%s is left out: %s", other.name, reason(err))
		}
	}
	return ctx.Err()
}

// reasonMax is how many bytes of an error are told in a table.
const reasonMax = 300

// reason is an error in one line, which may be cut.
func reason(err error) string {
	line := strings.Join(strings.Fields(err.Error()), " ")
	if len(line) > reasonMax {
		line = line[:reasonMax] + " ..."
	}
	return line
}

// found is what the program peers prints.
type found struct {
	PerSecond float64 `json:"perSecond"`
	ServerUS  float64 `json:"serverUS"`
	P50MS     float64 `json:"p50MS"`
	P99MS     float64 `json:"p99MS"`
	Note      string  `json:"note"`
}

func (c *againstCell) one(ctx context.Context, s *sheet, name string, packages []string, ours float64) error {
	if err := install(ctx, packages); err != nil {
		return err
	}
	argv, err := c.command(ctx, name)
	if err != nil {
		return err
	}
	out, err := output(ctx, argv...)
	if err != nil {
		return err
	}
	var f found
	if err := json.Unmarshal([]byte(out), &f); err != nil {
		return err
	}
	s.add(name, perSecond, f.PerSecond)
	s.add(name, brokerTime, f.ServerUS)
	s.add(name, loneP50, f.P50MS)
	s.add(name, loneP99, f.P99MS)
	s.add(name, ofOurs, ours/f.PerSecond)
	s.note("%s: %s", name, f.Note)
	return nil
}

// command builds what is needed to measure another broker, and returns how it is done.
func (c *againstCell) command(ctx context.Context, name string) ([]string, error) {
	path, err := c.o.tools.tool(ctx, "peers")
	if err != nil {
		return nil, err
	}
	shape := c.o.shapeOf("", c.o.fleet)
	argv := []string{
		path, name, "--dir", c.o.dir,
		"--workers", strconv.Itoa(shape.Workers), "--clients", strconv.Itoa(shape.Clients),
		"--outstanding", strconv.Itoa(shape.Outstanding), "--body", strconv.Itoa(shape.BodySize),
		"--warm", max(c.o.warm, othersWarm).String(), "--load", c.o.load.String(), "--lone", c.o.lone.String(),
	}
	if name != "nats" {
		return argv, nil
	}
	server, err := c.o.tools.build(ctx, "nats-server", natsPackage)
	return append(argv, "--nats-server", server), err
}

// policy keeps Debian's packages from starting their services when they are installed.
const policy = "/usr/sbin/policy-rc.d"

// install installs those of the Debian packages that are missing, as root alone.
func install(ctx context.Context, packages []string) error {
	var missing []string
	for _, p := range packages {
		if exec.CommandContext(ctx, "dpkg", "-s", p).Run() != nil {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if os.Getuid() != 0 {
		return fmt.Errorf("%s of Debian is not installed, and only root can do that", strings.Join(missing, ", "))
	}
	if _, err := os.Stat(policy); os.IsNotExist(err) {
		if err := os.WriteFile(policy, []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
			return err
		}
		defer os.Remove(policy)
	}
	progress("   installing %s", strings.Join(missing, ", "))
	if _, err := output(ctx, "apt-get", "update", "-q"); err != nil {
		return err
	}
	_, err := output(ctx, append([]string{"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q"}, missing...)...)
	return err
}

// otherNames lists the names of all others.
func otherNames() []string {
	var names []string
	for _, other := range others {
		names = append(names, other.name)
	}
	return names
}

// readAgainst reads a list of others.
func readAgainst(list string) ([]string, error) {
	known := otherNames()
	if list == "all" {
		return known, nil
	}
	names := strings.Split(list, ",")
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("against %q: all, and %s are accepted", list, strings.Join(known, ", "))
		}
	}
	return names, nil
}
