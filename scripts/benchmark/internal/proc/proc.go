// Package proc tells what the kernel knows of the processes that are measured.
package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Tick is the unit of the times in /proc/PID/stat: USER_HZ is 100 in the
// interface of every Linux architecture that Go runs on.
const Tick = 10 * time.Millisecond

// Stat returns a process's parent, and the processor time that it has used so far, in
// whole ticks.
func Stat(pid int) (parent int, used time.Duration, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, fmt.Errorf("read the processor time: %w", err)
	}
	// The name, in parentheses, may hold spaces; the fields after it are counted from 3.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const ppid, utime, stime = 4 - 3, 14 - 3, 15 - 3
	if len(fields) <= stime {
		return 0, 0, fmt.Errorf("read the processor time: %q has too few fields", stat)
	}
	parent, err1 := strconv.Atoi(string(fields[ppid]))
	user, err2 := strconv.Atoi(string(fields[utime]))
	system, err3 := strconv.Atoi(string(fields[stime]))
	return parent, time.Duration(user+system) * Tick, errors.Join(err1, err2, err3)
}

// Own returns the processor time that this process has used so far.
func Own() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read the processor time of this process: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// Memory returns how many bytes of a process are in memory.
func Memory(pid int) (int64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory: %w", err)
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		return 0, fmt.Errorf("read the memory: %w", err)
	}
	return resident * int64(os.Getpagesize()), nil
}
