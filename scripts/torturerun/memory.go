package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"bcp/scripts/internal/process"
)

// memoryEvery is how often a broker's memory is looked at.
const memoryEvery = 20 * time.Millisecond

// watchMemory notes the most memory that a process has had, until it ends.
func (r *rig) watchMemory(p *process.Process) {
	for !p.Ended() {
		r.mu.Lock()
		r.tally.memory = max(r.tally.memory, memory(p))
		r.mu.Unlock()
		select {
		case <-p.Done():
		case <-time.After(memoryEvery):
		}
	}
}

// memory is how many bytes a process has of its own: not the journal's file, which
// is mapped into it. Of a broker that is run under another program it is the
// broker's. It is 0 for one that has ended.
func memory(p *process.Process) int64 {
	pid := p.PID()
	most := memoryOf(strconv.Itoa(pid))
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for child := range strings.FieldsSeq(string(children)) {
		most = max(most, memoryOf(child))
	}
	return most
}

func memoryOf(pid string) int64 {
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	_, line, _ := bytes.Cut(status, []byte("\nRssAnon:"))
	fields := bytes.Fields(line)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return kib << 10
}
