package bolt

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

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
