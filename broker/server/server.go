package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/journal"
)

// Errors of Ask and Inspect. The list is append-only.
var (
	// ErrStopped tells that the loop has ended in order: what it took in was
	// done and answered, and there is nothing more to come.
	ErrStopped = errors.New("broker has stopped")
	// ErrFailed tells that the journal or the sockets failed: whether the broker
	// did what it was asked is unknown.
	ErrFailed = errors.New("broker has failed: whether it did what it was asked is unknown")
)

// Server runs a broker on its sockets and its journal.
type Server struct {
	cfg     Config
	store   journal.Store
	log     *slog.Logger
	started time.Time
	report  Report

	calls     chan func()      // to be run in the loop
	questions questions        // answers to be filled in beside the loop, one after another
	filling   bool             // one is
	finds     chan broker.Send // that one
	finding   sync.WaitGroup
	staging   staging
	writing   sync.WaitGroup // of large payloads, and the guard's
	reading   sync.WaitGroup // likewise
	readTurns chan struct{}  // one for each that may be read at a time
	stopped   chan struct{}  // closed when Run has ended
	failed    bool           // why it has; set before stopped is closed
	peers     atomic.Uint64  // counts the local peers, for their routes
	watch     *guard         // nil if memory has no limit
	guarded   chan error     // what the guard found, when it ends

	// The loop's own.
	router  *zmq.Router
	core    *broker.Broker
	archive *archive     // what the core reads
	next    batch        // gathered, not yet committed
	flight  chan landing // of the commit under way, or nil
	alone   []func()     // to be run in the place of one, see Alone
	settled int64        // Effects.Taken of the last commit
	bodies  *bodyCache
	prune   pruner // when to forget ended tasks
	space   space  // when to look at the disk
	locals  map[string]*mailbox
	alarm   *time.Timer
	lag     lag
	frames  [][]byte            // of the message being received
	loaded  wire.Dispatch       // the last one that was sent, with its payload, until flush
	out     wire.Encoder        // of the message being sent
	lanes   map[wire.Peer]*lane // of peers for whom something waits or is on its way
	swept   time.Duration       // when those were last looked through
	broken  error               // what an event has found out of the socket
	bundles bundles             // messages that leave in one
	posted  posted              // what waits in the router to be flushed
	damaged map[journal.ID]bool // whose damaged payloads have been logged
}

// New binds the endpoints, if they are not, and restores the tasks that have not ended.
// The store stays the caller's to close, after Run. Errors name what is at fault: a
// setting, an endpoint (*zmq.ListenError) or a damaged task (journal.ErrCorrupt).
func New(cfg Config, store journal.Store, log *slog.Logger) (s *Server, err error) {
	cfg = cfg.WithDefaults()
	router := cfg.Router
	defer func() {
		if err != nil && router != nil {
			err = errors.Join(err, router.Close())
		}
	}()
	meta := store.Meta()
	cfg.Core.Broker, cfg.Core.Epoch = meta.Broker, meta.Epoch
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s = &Server{
		cfg: cfg, store: store, log: log, started: time.Now(),
		calls:     make(chan func()),
		questions: newQuestions(),
		finds:     make(chan broker.Send, 1),
		staging:   newStaging(),
		readTurns: make(chan struct{}, readMax),
		lanes:     make(map[wire.Peer]*lane),
		stopped:   make(chan struct{}),
		archive:   &archive{Archive: store},
		bodies:    newBodyCache(cfg.CacheBytes),
		locals:    make(map[string]*mailbox),
		bundles:   newBundles(),
		alarm:     time.NewTimer(time.Hour),
		guarded:   make(chan error, 1),
	}
	cfg.Core.CopyMin = min(cfg.BlobMin, journal.BlobMin)
	s.cfg.Core = cfg.Core
	s.core = broker.New(cfg.Core, s.archive, rand.Reader, meta.Last)
	if s.watch, err = newGuard(cfg.PeerMemory); err != nil {
		return nil, err
	}
	if router == nil {
		router, err = zmq.Listen(cfg.Listen, cfg.Core.BodyMax)
	}
	if s.router = router; err == nil {
		err = s.restore(meta)
	}
	if err != nil {
		return nil, errors.Join(err, s.watch.close())
	}
	return s, nil
}

// restoreGC is how far the heap grows between two collections while the journal is
// replayed, in percent of what is in use. What is read is garbage at once, and what is
// restored stays: to look through that at every doubling takes a third of a start.
const restoreGC = 400

// restore replays the tasks that have not ended.
func (s *Server) restore(meta journal.Meta) error {
	defer debug.SetGCPercent(debug.SetGCPercent(restoreGC))
	if err := s.core.RestoreFrom(s.store); err != nil {
		return fmt.Errorf("replay the journal: %w", err)
	}
	room, err := s.store.Room()
	if err != nil {
		return fmt.Errorf("look for room for the journal: %w", err)
	}
	s.see(room, 0)
	s.report = newReport(meta, s.core.Stats(), s.cfg.Core, time.Since(s.started))
	return nil
}

// Run serves until ctx is done: then it takes in no more, commits what it has in
// hand, tells the peers that it leaves and returns nil. It returns an error at
// once when the journal or the sockets fail; what the core couldn't read then isn't
// answered. Call it once.
func (s *Server) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.close(err != nil)) }()
	s.finding.Go(s.fill)
	guarding, stop := context.WithCancel(ctx)
	defer stop()
	s.writing.Go(func() { s.guarded <- s.guard(guarding) })
	s.core.Open(s.now())
	for ctx.Err() == nil {
		if err := s.turn(ctx); err != nil {
			return err
		}
	}
	return s.finish()
}

// Store returns the journal, for reading.
func (s *Server) Store() journal.Store { return s.store }

// Endpoints lists the bound addresses, with the actual ports.
func (s *Server) Endpoints() []string { return s.router.Endpoints() }

// Report tells what was found at the start.
func (s *Server) Report() Report { return s.report }

// now reads both clocks.
func (s *Server) now() broker.Instant {
	return broker.Instant{Mono: time.Since(s.started), WallMS: s.cfg.Wall().UnixMilli()}
}
