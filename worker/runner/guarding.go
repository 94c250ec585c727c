package runner

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// sweeps bounds how often the guard looks for marked processes: each look
// kills what it finds, so that only a process that forks without end is left.
const sweeps = 1000

// watch is the guard process: it keeps the groups that the worker names, and
// when the worker is gone kills them and everything that bears the mark.
func watch(worker io.Reader, token string) {
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM)
	for g := range readGroups(worker) {
		g.signal(syscall.SIGKILL)
	}
	sweep([]byte(markVariable + "=" + token))
}

// sweep kills everything that bears the mark.
func sweep(mark []byte) {
	for range sweeps {
		if !killMarked(mark) {
			return
		}
		time.Sleep(pollMin)
	}
}

// readGroups reads "+GROUP" and "-GROUP" lines until the worker closes the pipe
// or dies, and returns the groups that are left.
func readGroups(worker io.Reader) map[group]struct{} {
	groups := map[group]struct{}{}
	for lines := bufio.NewScanner(worker); lines.Scan(); {
		line := lines.Text()
		n, err := strconv.Atoi(line[min(1, len(line)):])
		if err != nil || n <= 1 {
			continue // never signal ourselves, or everybody
		}
		if line[0] == '+' {
			groups[group(n)] = struct{}{}
		} else {
			delete(groups, group(n))
		}
	}
	return groups
}

// killMarked kills every process with the mark in its environment, and tells
// whether there was one, or may be.
func killMarked(mark []byte) bool {
	pids, err := processes()
	if err != nil {
		return false
	}
	found := false
	for _, pid := range pids {
		found = killIfMarked(pid, mark) || found
	}
	return found
}

// killIfMarked holds the process by a handle while it looks, so that it cannot
// kill a successor with the same number.
func killIfMarked(pid int, mark []byte) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = process.Release() }()
	environment, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil || !marked(environment, mark) {
		return err == nil && len(environment) == 0 && executes(pid)
	}
	return process.Kill() == nil
}

// executes tells whether a process of which no environment was seen has one all the same: the
// kernel shows none while it executes another program. It says where the program's code is as soon
// as the environment is there.
func executes(pid int) bool {
	const size, code, start, end = 20, 23, 47, 48 // of its memory, and where in that the code and the environment are
	fields := stat(pid)
	if len(fields) <= end || string(fields[size]) == "0" { // it has ended, or is the kernel's own
		return false
	}
	return string(fields[code]) == "0" || !bytes.Equal(fields[start], fields[end])
}

func marked(environment, mark []byte) bool {
	for variable := range bytes.SplitSeq(environment, []byte{0}) {
		if bytes.Equal(variable, mark) {
			return true
		}
	}
	return false
}
