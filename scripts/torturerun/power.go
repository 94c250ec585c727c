package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Shutting an ext4 down (linux/fs/ext4/ext4.h): from then on nothing reaches the
// disk, as when the power is cut.
const (
	ext4Shutdown   = 0x8004587d // EXT4_IOC_SHUTDOWN
	shutdownNow    = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH: what is in memory is lost
	shutdownLogged = 1          // EXT4_GOING_FLAGS_LOGFLUSH: its log is written first
)

// disk is an ext4 in a file, mounted.
type disk struct {
	image, at string
	mu        sync.Mutex
	cut       bool
}

// diskBytes is the size of the disk, of which the image takes only what is written: a
// small one has no room for files of large payloads that wait to be written over.
const diskBytes = 2 << 30

func newDisk(dir string, bytes int64) (*disk, error) {
	d := &disk{image: filepath.Join(dir, "disk.img"), at: filepath.Join(dir, "disk")}
	if err := os.Mkdir(d.at, 0o700); err != nil {
		return nil, err
	}
	f, err := os.Create(d.image)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(bytes), f.Close()); err != nil {
		return nil, err
	}
	if err := command("mkfs.ext4", "-q", "-F", d.image); err != nil {
		return nil, err
	}
	return d, d.mount()
}

func command(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

func (d *disk) mount() error { return command("mount", "-o", "loop", d.image, d.at) }

// unmount waits until nobody uses the disk any more.
func (d *disk) unmount() (err error) {
	for range 1000 {
		if err = unix.Unmount(d.at, 0); !errors.Is(err, unix.EBUSY) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// cutPower loses what the disk has not been told to keep.
func (d *disk) cutPower(how int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	fd, err := unix.Open(d.at, unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	err = unix.IoctlSetPointerInt(fd, ext4Shutdown, how)
	d.cut = true
	return errors.Join(err, unix.Close(fd))
}

// restore mounts a disk again whose power was cut.
func (d *disk) restore() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.cut {
		return nil
	}
	for range diskTries {
		if err := errors.Join(d.unmount(), d.mount()); err != nil {
			return err
		}
		if d.lives() {
			d.cut = false
			return nil
		}
		time.Sleep(diskRest)
	}
	return fmt.Errorf("%s is still shut down", d.at)
}

// A file system is one and the same, and stays shut down, for as long as anybody has it
// mounted: a program in a mount namespace of its own, which was begun meanwhile, has.
const (
	diskTries = 1000
	diskRest  = 50 * time.Millisecond
)

// lives tells whether something can be written.
func (d *disk) lives() bool {
	probe := filepath.Join(d.at, "probe")
	return os.WriteFile(probe, nil, 0o600) == nil && os.Remove(probe) == nil
}

// How often a round cuts the power.
const (
	powerCuts     = 5
	powerCutsLong = 50
)

// powerRound cuts the power while the broker works, and while it recovers.
func powerRound(ctx context.Context, r *rig) (err error) {
	d, err := newDisk(r.dir, diskBytes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.restore(), d.unmount()) }()
	r.data = d.at
	r.wrap = func(int) []string {
		if err := d.restore(); err != nil {
			r.tally.findings = append(r.tally.findings, err.Error()) // launch holds the lock
		}
		return nil
	}
	ctx, cancel := r.bounded(ctx)
	defer cancel()
	r.supervise(ctx)
	l := newLedger(r)
	var failed error
	l.runWhile(ctx, func() { failed = l.cutAgain(ctx, d) })
	r.stop()
	if err := errors.Join(failed, d.restore()); err != nil {
		return err
	}
	l.check()
	return nil
}

// cutAgain cuts the power again and again: mostly when something has been acknowledged
// since the last time, and else at any moment, as while the broker recovers.
func (l *ledger) cutAgain(ctx context.Context, d *disk) error {
	r := l.rig
	for range r.size(powerCuts, powerCutsLong) {
		if r.rand.IntN(4) == 0 {
			pause(ctx, r.upTo(powerPause))
		} else {
			l.awaitAccepted(ctx, 1+r.rand.IntN(powerTasks))
		}
		r.fault()
		how := []int{shutdownNow, shutdownNow, shutdownLogged}[r.rand.IntN(3)]
		if err := d.cutPower(how); err != nil {
			return err
		}
		r.current().Kill()
	}
	return nil
}

const (
	// powerPause is the longest from one cut to the next that waits for nothing.
	powerPause = 200 * time.Millisecond
	// powerTasks are the most that are acknowledged before a cut that waits for some.
	powerTasks = 40
)

// needMount tells whether a disk can be made here.
func needMount() string {
	dir, err := os.MkdirTemp("", "bcp-torture-disk-")
	if err != nil {
		return err.Error()
	}
	defer os.RemoveAll(dir)
	d, err := newDisk(dir, diskBytes)
	if err == nil {
		err = errors.Join(d.cutPower(shutdownNow), d.restore(), d.unmount())
	}
	if err != nil {
		return fmt.Sprintf("no file system can be mounted here: %v", err)
	}
	return ""
}
