package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"bcp/broker/admin"
	"bcp/broker/server"
	"bcp/broker/zmq"
	"bcp/cmd/internal/threads"
	"bcp/cmd/internal/version"
	"bcp/journal/bolt"
)

// heapFloor is memory that is reserved and never touched, so it costs nothing. The
// collector runs when the heap has doubled; a broker with few tasks has so small
// a heap that it would run all the time.
const heapFloor = 64 << 20

// waiting is for how many calls at a time there are threads from the start: for the disk
// wait the journal's commits, large payloads, copies, and whoever reads.
const waiting = 16

// run opens the journal and the addresses, and serves until ctx ends or
// something fails.
func run(ctx context.Context, o *options, log *slog.Logger) (err error) {
	threads.Reserve(waiting)
	boundHeap(o.peerMem)
	floor := make([]byte, heapFloor)
	defer runtime.KeepAlive(floor)
	started := time.Now()
	at, err := listenFirst(o)
	if err != nil {
		return err
	}
	store, err := bolt.Open(o.db, bolt.Options{Reserve: o.reserve, Log: bolt.LogBytes})
	if err != nil {
		return &exitError{exitJournal, errors.Join(err, at.close())}
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	if at.listener == nil {
		if at.listener, err = listenAdmin(o); err != nil {
			return err
		}
	}
	cfg := o.config()
	cfg.Router = at.router
	s, err := server.New(cfg, store, log)
	if err != nil {
		return errors.Join(notMade(err), at.listener.Close())
	}
	files := socketsOf(o.socketFiles())
	report(log, o, s, at.listener)
	return serve(ctx, s, at.listener, admin.New(s, log, o.info(started)), files, log)
}

// info is what the admin API tells of the process. Who asks stands in another folder, so the
// journal's path is a whole one.
func (o *options) info(started time.Time) admin.Info {
	path, err := filepath.Abs(o.db)
	if err != nil { // the folder is gone
		path = o.db
	}
	return admin.Info{Version: version.String(), Journal: path, Started: started}
}

// addresses are where the broker listens already; none in the zero value.
type addresses struct {
	listener net.Listener
	router   *zmq.Router
}

// listenFirst listens before a journal is made: a mistake in an address leaves none behind.
// One that is there is opened first: another broker may have it, and nobody can connect
// while that takes its time.
func listenFirst(o *options) (at addresses, err error) {
	if _, err := os.Stat(o.db); !errors.Is(err, fs.ErrNotExist) {
		return at, nil
	}
	if at.listener, err = listenAdmin(o); err != nil {
		return at, err
	}
	if at.router, err = zmq.Listen(o.listen, o.bodyMax); err != nil {
		return at, errors.Join(noAddress("--listen", err), at.listener.Close())
	}
	return at, nil
}

func listenAdmin(o *options) (net.Listener, error) {
	l, err := admin.Listen(o.admin)
	if err != nil {
		return nil, noAddress("--admin", err)
	}
	return l, nil
}

// noAddress tells which flag has an address that can't be used.
func noAddress(flag string, err error) error {
	return &exitError{exitAddress, fmt.Errorf("%s: %w", flag, err)}
}

func (a addresses) close() error {
	if a.router == nil {
		return nil
	}
	return errors.Join(a.router.Close(), a.listener.Close())
}

// notMade tells why a server could not be made: its settings are checked, so what
// is left is an address, or a task in the journal.
func notMade(err error) error {
	if listen := (*zmq.ListenError)(nil); errors.As(err, &listen) {
		return noAddress("--listen", err)
	}
	return &exitError{exitJournal, err}
}

// report logs what was found and what becomes of it. Its last line tells that
// the broker is open for business.
func report(log *slog.Logger, o *options, s *server.Server, l net.Listener) {
	r := s.Report()
	log.Info("journal is open", "db", o.db, "broker", hex.EncodeToString(r.Meta.Broker[:]),
		"epoch", r.Meta.Epoch, "ended", r.Meta.Ended, "took", r.Took)
	for _, found := range r.Found {
		if found.Tasks > 0 {
			log.Info("tasks are taken up", "state", found.State, "tasks", found.Tasks, "next", found.Next)
		}
	}
	log.Info("broker is ready", "listen", strings.Join(s.Endpoints(), ","), "admin", adminAddress(o, l), "version", version.String())
}

// adminAddress is where the admin API is: with the port that the system has chosen, if it has.
func adminAddress(o *options, l net.Listener) string {
	if at, ok := l.Addr().(*net.TCPAddr); ok {
		return "http://" + at.String()
	}
	return o.admin
}

// serve runs the broker and its admin API. The end of one is the end of both, and of the watch
// over their files, which they remove.
func serve(ctx context.Context, s *server.Server, l net.Listener, api http.Handler, files sockets, log *slog.Logger) error {
	defer tellStop(ctx, log)()
	var watching sync.WaitGroup
	defer watching.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watching.Go(func() { files.watch(ctx, log) })
	ended := make(chan error, 2)
	go func() { ended <- s.Run(ctx) }()
	go func() { ended <- admin.Serve(ctx, l, api, log) }()
	err := <-ended
	cancel()
	return errors.Join(err, <-ended)
}

// tellStop logs that the broker is stopping when ctx is done. What it returns sees to
// it that this is logged before the process ends.
func tellStop(ctx context.Context, log *slog.Logger) (finish func()) {
	told := make(chan struct{})
	tell := func() {
		log.Info("broker is stopping")
		close(told)
	}
	cancel := context.AfterFunc(ctx, tell)
	return func() {
		switch {
		case !cancel():
			<-told
		case ctx.Err() != nil:
			tell()
		}
	}
}
