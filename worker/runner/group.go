package runner

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"syscall"
)

// looks is how often /proc must show only zombies: a process that forks and
// exits may slip through one look.
const looks = 2

// group is a process group, by its number.
type group int

func (g group) signal(sig syscall.Signal) { _ = syscall.Kill(-int(g), sig) }

// gone tells whether nothing of the group is left but zombies. In a container
// the first process may never reap those, so the kernel's word on the group is
// not enough.
func (g group) gone() bool {
	if err := syscall.Kill(-int(g), 0); errors.Is(err, syscall.ESRCH) {
		return true
	}
	for range looks {
		if !g.onlyZombies() {
			return false
		}
	}
	return true
}

func (g group) onlyZombies() bool {
	pids, err := processes()
	if err != nil {
		return false
	}
	for _, pid := range pids {
		if group, state := groupOf(pid); group == g && state != 'Z' && state != 'X' {
			return false
		}
	}
	return true
}

// processes lists the numbers of all processes.
func processes() ([]int, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// groupOf reads the process's group and state; 0 if the process is gone.
func groupOf(pid int) (group, byte) {
	fields := stat(pid)
	if len(fields) < 3 {
		return 0, 0
	}
	pgrp, _ := strconv.Atoi(string(fields[2]))
	return group(pgrp), fields[0][0]
}

// stat reads what the kernel tells of a process, none if it is gone. The line is
// "PID (NAME) STATE PPID PGRP ...", and NAME may hold anything: it begins with STATE here.
func stat(pid int) [][]byte {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	return bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
