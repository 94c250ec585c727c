// Package signals names the signals by which the programs are told to end.
package signals

import (
	"os"
	"os/signal"
	"syscall"
)

// Ends returns the signals that end a program in order. That a terminal is closed is one of
// them (SIGHUP), unless the program was started so that it stays then, as with nohup.
func Ends() []os.Signal {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP)
	}
	return ends
}
