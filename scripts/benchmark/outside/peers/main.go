// Peers measures other brokers with the work that the broker is measured with: a task
// is stored durably, given to one of many workers, its end is stored durably and told
// to who submitted it. It starts the peer's server on loopback with its data in a
// new folder, and ends it.
//
//	peers NAME --dir DIR --workers 256 ...
//
//	submit --n at a time--> server --one each--> workers
//	ended  <---------------  (p)   <--ends------
//
// What was measured is printed as JSON; the words that explain it are of the
// peer's file: what it lacks of a task's life, and how it was set up.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// systems are the peers by name.
var systems = map[string]func(options) system{
	"beanstalkd":   func(options) system { return &beanstalkd{} },
	"gearmand":     func(options) system { return &gearmand{} },
	"redis":        func(options) system { return &redisServer{} },
	"nats":         func(o options) system { return &natsServer{program: o.natsServer} },
	"rabbitmq":     func(options) system { return &rabbitmq{} },
	"postgresql":   func(options) system { return &postgres{} },
	"majordomo-py": func(options) system { return &majordomo{python: true} },
	"majordomo-c":  func(options) system { return &majordomo{} },
	"ipyparallel":  func(options) system { return &ipyparallel{} },
}

// options say what is measured.
type options struct {
	dir         string
	natsServer  string // path of nats-server
	workers     int
	clients     int
	outstanding int
	body        int
	warm        time.Duration
	load        time.Duration
	lone        time.Duration
}

// figures are what is printed.
type figures struct {
	PerSecond float64 `json:"perSecond"` // tasks that ended
	ServerUS  float64 `json:"serverUS"`  // processor time of the server for each
	P50MS     float64 `json:"p50MS"`     // of a lone task
	P99MS     float64 `json:"p99MS"`
	Note      string  `json:"note"`
	Workers   int     `json:"workers"` // fewer than asked for, if the peer can't have so many
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	names := strings.Join(slices.Sorted(maps.Keys(systems)), ", ")
	if len(args) == 0 || systems[args[0]] == nil {
		return fmt.Errorf("arguments %q: the name of a peer comes first: %s", args, names)
	}
	o, err := parse(args[1:])
	if err != nil {
		return err
	}
	found, err := measure(ctx, o, systems[args[0]](o))
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.StringVar(&o.dir, "dir", "/var/tmp", "folder for the data, on the disk to be measured")
	f.StringVar(&o.natsServer, "nats-server", "nats-server", "path of nats-server")
	f.IntVar(&o.workers, "workers", 256, "workers")
	f.IntVar(&o.clients, "clients", 4, "clients")
	f.IntVar(&o.outstanding, "outstanding", 768, "tasks kept in the server")
	f.IntVar(&o.body, "body", 200, "bytes in a body")
	f.DurationVar(&o.warm, "warm", 2*time.Second, "load before the measurement")
	f.DurationVar(&o.load, "load", 5*time.Second, "load that is measured")
	f.DurationVar(&o.lone, "lone", 2*time.Second, "lone tasks")
	err := f.Parse(args)
	return o, err
}
