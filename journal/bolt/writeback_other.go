//go:build !linux

package bolt

import "os"

// writeThrough writes data into a file.
func writeThrough(f *os.File, data []byte, at int64) error {
	_, err := f.WriteAt(data, at)
	return err
}

// syncData makes the bytes and the size of a file durable.
func syncData(f *os.File) error { return f.Sync() }
