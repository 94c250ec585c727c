package admin

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/admin/catalog"
	"bcp/broker/wire"
	"bcp/journal"
)

// Broker is what the API needs of a running broker: a server.Server, as a rule.
type Broker interface {
	// Ask gives m to the core as a message of a local peer. It calls fn, in the caller's
	// goroutine, with every answer until fn says that it is done, or fails, or ctx ends.
	Ask(ctx context.Context, m wire.Message, fn func(wire.Message) (done bool, err error)) error
	// Inspect runs fn in the loop, where it may look at the core. Everything else waits.
	Inspect(ctx context.Context, fn func(now broker.Instant, b *broker.Broker)) error
	// Alone runs fn while nothing is committed to the journal.
	Alone(ctx context.Context, fn func() error) error
	// Store returns the journal, of which the API uses only methods that change no task.
	Store() journal.Store
	// Endpoints returns the addresses to which clients and workers connect.
	Endpoints() []string
}

// Info is what the API tells about the broker's process.
type Info struct {
	Version string
	Journal string    // path of the journal, "" if it has none
	Started time.Time // when the process started
}

// Limits of the API.
const (
	requestsMax = 1024            // at a time
	waitsMax    = 1024            // that wait for a task besides: they are cheap, but not free
	probesMax   = 1024            // that ask how the broker is besides: they are answered when others are too many
	answerMax   = 5 * time.Second // for the loop to answer what it answers at once
	exportsMax  = 2               // of the journal: each has some tasks with their payloads in memory
	bodyMax     = 16 << 20        // bytes of a request's body: 500,000 IDs
)

type handler struct {
	broker  Broker
	catalog catalog.Catalog
	log     *slog.Logger
	info    Info
}

// New returns the HTTP handler of the admin API.
func New(b Broker, log *slog.Logger, info Info) http.Handler {
	h := &handler{broker: b, catalog: catalog.New(b.Store()), log: log, info: info}
	return patiently(unreadMax, log, guard(h.routes()))
}

func (h *handler) routes() http.Handler {
	probes := within(probesMax, []route{
		{"/healthz", http.MethodGet, h.health},
		{"/v1/status", http.MethodGet, h.status},
	})
	waits := within(waitsMax, []route{{"/v1/tasks/{id}/wait", http.MethodGet, h.wait}})
	exports := within(exportsMax, []route{{"/v1/journal/export", http.MethodPost, h.exportJournal}})
	others := within(requestsMax, []route{
		{"/v1/workers", http.MethodGet, h.listWorkers},
		{"/v1/workers/{name}", http.MethodGet, h.showWorker},
		{"/v1/queues", http.MethodGet, h.listQueues},
		{"/v1/tasks", http.MethodGet, h.listTasks},
		{"/v1/tasks", http.MethodPost, h.submit},
		{"/v1/batches", http.MethodPost, h.submitBatch},
		{"/v1/tasks/count", http.MethodGet, h.countTasks},
		{"/v1/tasks/cancel", http.MethodPost, h.change(api.VerbCancel)},
		{"/v1/tasks/hold", http.MethodPost, h.change(api.VerbHold)},
		{"/v1/tasks/release", http.MethodPost, h.change(api.VerbRelease)},
		{"/v1/tasks/edit", http.MethodPost, h.change(api.VerbEdit)},
		{"/v1/tasks/move", http.MethodPost, h.change(api.VerbMove)},
		{"/v1/tasks/retry", http.MethodPost, h.change(api.VerbRetry)},
		{"/v1/tasks/drop", http.MethodPost, h.change(api.VerbDrop)},
		{"/v1/tasks/{id}", http.MethodGet, h.showTask},
		{"/v1/tasks/{id}/explain", http.MethodGet, h.explain},
		{"/v1/tasks/{id}/members", http.MethodGet, h.listMembers},
		{"/v1/tasks/{id}/history", http.MethodGet, h.showHistory},
		{"/v1/tasks/{id}/body", http.MethodGet, h.showPayload(h.catalog.Body)},
		{"/v1/tasks/{id}/result", http.MethodGet, h.showPayload(h.catalog.Result)},
		{"/v1/profile", http.MethodGet, h.profile},
		{"/v1/replay", http.MethodPost, h.replay},
		{"/v1/journal/verify", http.MethodPost, h.verifyJournal},
		{"/v1/journal/backup", http.MethodPost, h.backupJournal},
		{"/v1/journal/compact", http.MethodPost, h.compactJournal},
		{"/v1/limits", http.MethodGet, h.listLimits},
		{"/v1/limits/set", http.MethodPost, h.changeLimit(wire.LimitSet)},
		{"/v1/limits/unset", http.MethodPost, h.changeLimit(wire.LimitUnset)},
	})
	all := slices.Concat(probes, waits, exports, others)
	newBodies().share(all)
	return h.mux(all)
}
