//go:build !linux

package bolt

import "os"

// writeThrough appends data to a file.
func writeThrough(f *os.File, data []byte) error {
	_, err := f.Write(data)
	return err
}

// syncData makes the bytes and the size of a file durable.
func syncData(f *os.File) error { return f.Sync() }
