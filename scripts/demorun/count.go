package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// dirCount is what the task finds out about a directory.
type dirCount struct {
	files, lines int
	sum          string // SHA-256 of all contents, in order of name
}

// String prints the count as the task's command does.
func (c dirCount) String() string { return fmt.Sprintf("%d %d %s", c.files, c.lines, c.sum) }

// parseCount reads what the task's command has printed.
func parseCount(out []byte) (c dirCount, err error) {
	if _, err := fmt.Sscan(string(out), &c.files, &c.lines, &c.sum); err != nil {
		return c, fmt.Errorf("%q: %w", out, err)
	}
	return c, nil
}

// readDir counts a directory directly.
func readDir(dir string) (dirCount, error) {
	var c dirCount
	entries, err := os.ReadDir(dir) // in order of name
	if err != nil {
		return c, err
	}
	hash := sha256.New()
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return c, err
		}
		c.files++
		c.lines += strings.Count(string(text), "\n")
		hash.Write(text)
	}
	c.sum = hex.EncodeToString(hash.Sum(nil))
	return c, nil
}

// sourceDirs lists the directories below root that hold Go source, without
// test data.
func sourceDirs(root string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == "testdata":
			return fs.SkipDir
		case strings.HasSuffix(path, ".go"):
			dirs = append(dirs, filepath.Dir(path))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(dirs)
	return slices.Compact(dirs), nil
}

// totals add up all directories.
type totals struct {
	dirs, files, lines int
	sums               []string
}

func (t *totals) add(c dirCount) {
	t.dirs++
	t.files += c.files
	t.lines += c.lines
	t.sums = append(t.sums, c.sum)
}

// String prints the totals, and one sum over all sums.
func (t totals) String() string {
	all := sha256.Sum256([]byte(strings.Join(t.sums, "\n")))
	return fmt.Sprintf("%d directories, %d files, %d lines, SHA-256 %x", t.dirs, t.files, t.lines, all)
}
