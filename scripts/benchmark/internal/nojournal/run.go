package nojournal

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"

	"bcp/broker/server"
)

const (
	// heapFloor is memory that is reserved and never touched, as in bcp-broker: with a
	// small heap the collector would run all the time, and more often than there.
	heapFloor = 64 << 20

	// cacheBytes is room for all bodies that wait: there is no other place for them.
	cacheBytes = 1 << 30
)

// Run serves at the addresses, tcp://HOST:PORT and ipc://PATH, until the context ends.
func Run(ctx context.Context, addresses []string) error {
	floor := make([]byte, heapFloor)
	defer runtime.KeepAlive(floor)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s, err := server.New(server.Config{Listen: addresses, CacheBytes: cacheBytes}, newStore(), log)
	if err != nil {
		return fmt.Errorf("broker without a journal: %w", err)
	}
	return s.Run(ctx)
}
