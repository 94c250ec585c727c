package bolt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bcp/journal"
)

// Compact writes the journal at path to a new file without free pages, and replaces the
// journal's file by it. No broker may have the journal open: a broker calls Store.Compact.
// Progress and errors are the same as there. If path is a symbolic link, it stays one, and
// the file that it leads to is replaced.
func Compact(ctx context.Context, path string, o Options, told journal.Observer) (journal.Compacted, error) {
	seen, err := VerifyFile(ctx, path, o, told.Found, told.Checked)
	if err = wholeOr(seen, path, err); err != nil {
		return journal.Compacted{}, err
	}
	opening := newSetup(o)
	opening.freePages = true
	s, err := opening.openReadOnly(path)
	if err != nil {
		return journal.Compacted{}, err
	}
	c := compaction{ctx: ctx, store: s, copied: told.Copied, alone: atOnce}
	done, err := c.run()
	return done, errors.Join(err, s.Close())
}

// Compact implements journal.Keeper. Commits, reads, verifications and backups of the journal
// go on meanwhile (see compaction.go).
func (s *Store) Compact(ctx context.Context, alone func(func() error) error, told journal.Observer) (journal.Compacted, error) {
	if !s.compacting.TryLock() {
		return journal.Compacted{}, errCompacting(s.path)
	}
	defer s.compacting.Unlock()
	seen, err := s.Verify(ctx, told.Found, told.Checked)
	if err = wholeOr(seen, s.path, err); err != nil {
		return journal.Compacted{}, err
	}
	c := compaction{ctx: ctx, store: s, copied: told.Copied, pace: pacer{rests: true}}
	c.alone = func(fn func() error) error {
		return alone(func() error {
			from := time.Now() // commits wait also while the log is settled
			err := s.alone(fn)
			c.compacted.PauseUS = time.Since(from).Microseconds()
			return err
		})
	}
	return c.run()
}

// atOnce runs a function where no commit can be under way.
func atOnce(fn func() error) error { return fn() }

func errCompacting(path string) error {
	return fmt.Errorf("%s: %w", path, journal.ErrCompacting)
}

// wholeOr makes an error of the problems that were found in a journal.
func wholeOr(seen journal.Checked, path string, err error) error {
	if err == nil && seen.Problems > 0 {
		err = fmt.Errorf("%s: %w: it stays as it is", path, journal.ErrCorrupt)
	}
	return err
}

const (
	// defaultTurnBytes bounds a turn of a compaction, and with it the memory that it takes
	// and for how long its read transaction keeps old pages.
	defaultTurnBytes = 1 << 20

	// followMax is from how few touched entries on a copy takes the journal's place:
	// commits wait meanwhile.
	followMax = 512

	// followTurns bounds the turns until then.
	followTurns = 1000
)

// run makes the copy, lets it follow until there is little left, and puts it in the
// journal's place.
func (c *compaction) run() (done journal.Compacted, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("compact %s: %w", c.store.path, err)
		}
	}()
	if err := c.begin(); err != nil {
		return done, err
	}
	defer func() {
		if err != nil {
			c.discard()
		}
	}()
	for !c.whole {
		if err := c.pace.run(c.ctx, c.turn); err != nil {
			return done, err
		}
		c.tell()
	}
	c.done.Total = c.done.Bytes // which was what the pages might hold
	c.tell()
	if err := c.checkArrived(); err != nil {
		return done, err
	}
	if err := c.catchUp(); err != nil {
		return done, err
	}
	err = c.alone(c.takePlace)
	if c.placed {
		err = nil // whatever became of who waited for it
	}
	return c.compacted, err
}

// catchUp takes turns until the copy, which is on disk then, lacks little.
func (c *compaction) catchUp() error {
	for range followTurns {
		if err := andThen(c.ctx.Err(), c.turn, c.sync); err != nil {
			return err
		}
		if c.follows.count() <= followMax {
			return c.reserve()
		}
	}
	return errOvertaken
}

func (c *compaction) sync() error { return c.store.blobs.disk.Sync(c.to.file) }

// tell tells how much is copied.
func (c *compaction) tell() {
	if c.copied != nil {
		c.copied(c.done)
	}
}
