package bolt

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	berrors "go.etcd.io/bbolt/errors"
)

// turnMax is how long to wait for another process that brings into the tables of a file at
// rest what its log has: a start of a broker takes as long.
const turnMax = 10 * time.Second

// inTurn calls fn while no other process is in its turn at the file. It is for who reads a
// file that a crash has left, whose lock can't tell a broker that has it from another reader
// that brings in its log: so that has the folder locked beside, and such readers of other
// journals there wait as well. A folder that can't be opened is no reason to wait. Fn is
// given what hardly waits for the file: who has it in this turn is a broker, or a reader.
func (o setup) inTurn(path string, fn func(setup) error) error {
	o.LockTimeout = lockPoll
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fn(o)
	}
	defer folder.Close()
	o.at.passed("turn")
	if err := lock(folder, syscall.LOCK_EX, turnMax); errors.Is(err, berrors.ErrTimeout) {
		return err
	}
	return fn(o)
}

// lockHolder names the process that has the file locked, as " (process N)", or
// "" where the system does not tell.
func lockHolder(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	locks, err := os.Open("/proc/locks")
	if err != nil {
		return ""
	}
	defer locks.Close()
	return findHolder(bufio.NewScanner(locks), fileName(uint64(stat.Dev), stat.Ino))
}

// findHolder looks for the file in lines such as
//
//	1: FLOCK  ADVISORY  WRITE 4711 fe:01:131090 0 EOF
func findHolder(lines *bufio.Scanner, file string) string {
	for lines.Scan() {
		field := strings.Fields(lines.Text())
		if len(field) > 5 && field[1] == "FLOCK" && field[5] == file {
			return fmt.Sprintf(" (process %s)", field[4])
		}
	}
	return ""
}

// fileName is how /proc/locks names a file: major and minor number of its
// device, in hexadecimal, and its inode.
func fileName(device, inode uint64) string {
	major := device>>8&0xfff | device>>32&^0xfff
	minor := device&0xff | device>>12&^0xff&0xffffffff
	return fmt.Sprintf("%02x:%02x:%d", major, minor, inode)
}
