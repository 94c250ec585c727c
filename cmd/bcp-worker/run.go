package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"bcp/broker/wire"
	"bcp/cmd/internal/threads"
	"bcp/cmd/internal/version"
	"bcp/worker"
	"bcp/worker/runner"
)

// run works until signals stop it: the first drains, each other one hurries.
func run(ctx context.Context, o *options, ends <-chan os.Signal, log *slog.Logger) (err error) {
	threads.Reserve(o.slots) // each for the wait for its command
	r, err := runner.New()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	w, err := worker.New(o.config(r, log))
	if err != nil {
		return usage(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for s := range ends {
			log.Info("signal received", "signal", s.String())
			if ctx.Err() != nil {
				w.HandBack()
			}
			cancel()
		}
	}()
	log.Info("connecting", "worker", o.name, "broker", o.broker, "version", version.String())
	return w.Run(ctx)
}

// config is what the worker is set up with.
func (o *options) config(r *runner.Runner, log *slog.Logger) worker.Config {
	h := &handler{
		runner: r, worker: o.name, command: o.command,
		allowArgv: o.allowArgv, resultMax: o.resultMax, grace: o.cancelGrace,
		states: states{r.Folder()}, log: log,
		notMeCode: o.notMeCode, neverCode: o.neverCode,
	}
	return worker.Config{
		Broker:        o.broker,
		Insecure:      o.insecure,
		Name:          o.name,
		Services:      o.services,
		Slots:         o.slots,
		Labels:        wire.PairMap(o.labels),
		Resources:     wire.PairMap(o.resources),
		Handler:       h.handle,
		HandlerStarts: true,
		StopOnLost:    o.onBrokerLost == lostStop,
		Grace:         o.cancelGrace,
		DrainTimeout:  drain(o.drainTimeout),
		Log:           log,
	}
}

// drain gives no time at all as the worker's configuration spells it.
func drain(timeout time.Duration) time.Duration {
	if timeout == 0 {
		return -1
	}
	return timeout
}
