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
	guard   *guard // nil if memory has no limit

	// Between the loop and others.
	calls     chan func()      // to be run in the loop
	asked     chan broker.Send // the question that is to be answered beside the loop
	readTurns chan struct{}    // one for each large payload that may be read at a time
	guarded   chan error       // what the guard found, when it ends
	peers     atomic.Uint64    // counts the local peers, for their routes
	beside    sync.WaitGroup   // of all that is done beside the loop
	stopped   chan struct{}    // closed when Run has ended
	failed    bool             // why it has; set before stopped is closed

	// The loop's own: what it takes in, and from whom.
	router  *zmq.Router
	core    *broker.Broker
	archive *archive // what the core reads
	locals  map[string]*mailbox
	staging staging
	frames  [][]byte     // of the message being received
	in      wire.Decoder // of the same
	lag     lag
	alarm   *time.Timer

	// What is to be committed.
	next    batch        // gathered, not yet committed
	flight  chan landing // of the commit under way, or nil
	alone   []func()     // to be run in the place of one, see Alone
	settled int64        // Effects.Taken of the last commit
	prune   pruner       // when to forget ended tasks
	space   space        // when to look at the disk

	// What is to be sent.
	questions questions // answers to be filled in beside the loop, one after another
	filling   bool      // one is
	bodies    *bodyCache
	loaded    wire.Dispatch       // the last one that was sent, with its payload, until flush
	out       wire.Encoder        // of the message being sent
	lanes     map[wire.Peer]*lane // of peers for whom something waits or is on its way
	swept     time.Duration       // when those were last looked through
	bundles   bundles             // messages that leave in one
	posted    posted              // what waits in the router to be flushed
	broken    error               // what an event has found out of the socket
	damaged   map[journal.ID]bool // whose damaged payloads have been logged
	strangers seldom              // who can't be answered
	unplaced  seldom              // payloads that can't be written
}

// New makes a server: it binds the endpoints, unless the configuration has a router that is
// bound to them, and restores the tasks that have not ended. The caller closes the store,
// after Run. Errors name what is at fault: a setting, an endpoint (*zmq.ListenError) or a
// damaged task (journal.ErrCorrupt).
func New(cfg Config, store journal.Store, log *slog.Logger) (*Server, error) {
	meta := store.Meta()
	cfg = cfg.WithDefaults()
	cfg.Core.Broker, cfg.Core.Epoch = meta.Broker, meta.Epoch
	s := newServer(cfg, store, log)
	if err := s.open(meta); err != nil {
		err = errors.Join(err, s.guard.close())
		if s.router != nil {
			err = errors.Join(err, s.router.Close())
		}
		return nil, err
	}
	return s, nil
}

// newServer makes a server that has nothing open but the router that it is given.
func newServer(cfg Config, store journal.Store, log *slog.Logger) *Server {
	cfg.Core.CopyMin = min(cfg.BlobMin, journal.BlobMin)
	return &Server{
		cfg: cfg, store: store, log: log, started: time.Now(),
		calls:     make(chan func()),
		asked:     make(chan broker.Send, 1),
		readTurns: make(chan struct{}, readMax),
		guarded:   make(chan error, 1),
		stopped:   make(chan struct{}),
		router:    cfg.Router,
		archive:   &archive{Archive: store},
		locals:    make(map[string]*mailbox),
		staging:   newStaging(),
		alarm:     time.NewTimer(time.Hour),
		questions: newQuestions(),
		bodies:    newBodyCache(cfg.CacheBytes),
		lanes:     make(map[wire.Peer]*lane),
		bundles:   newBundles(),
	}
}

// open checks the settings, takes what it needs of the system, and fills the core.
func (s *Server) open(meta journal.Meta) (err error) {
	if err := s.cfg.Validate(); err != nil {
		return err
	}
	s.cfg.Core.Received = func(p wire.Peer) (uint64, time.Duration, bool) { return s.router.Received(p.Route) }
	s.cfg.Core.Sending = func(p wire.Peer) bool { return s.router.Sending(p.Route) }
	s.core = broker.New(s.cfg.Core, s.archive, rand.Reader, meta.Last)
	if s.guard, err = newGuard(s.cfg.PeerMemory); err != nil {
		return err
	}
	if s.router == nil {
		if s.router, err = zmq.Listen(s.cfg.Listen, s.cfg.Core.BodyMax); err != nil {
			return err
		}
	}
	return s.restore(meta)
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

// Run serves until ctx is done. Then it takes in no more, commits what it has in hand,
// tells the peers that it leaves, and returns nil. When the journal or the sockets fail it
// returns an error at once, and leaves unanswered what the core could not read. Call it
// once.
func (s *Server) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.close(err != nil)) }()
	s.beside.Go(s.fill)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	s.beside.Go(func() { s.guarded <- s.watch(watching) })
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
