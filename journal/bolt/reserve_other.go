//go:build !linux

package bolt

import (
	"errors"
	"os"
)

// lookAtDisk is for brokers, which run on Linux only.
func lookAtDisk(*os.File) (disk, error) { return disk{}, errors.New("a reserve is kept on Linux only") }

func (f *files) setAside(int64, int64) error { return nil }
