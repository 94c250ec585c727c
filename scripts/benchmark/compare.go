package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// side is one of the two revisions that are compared.
type side struct {
	name       string
	root       string // folder with its source
	bin        string // folder with its programs
	instrument string // the program that measures it
	borrowed   bool   // which is this tree's
	sheets     []*sheet
}

// compare builds two revisions and measures them in turns, one round each. A
// slow phase of the machine falls on both; the ratio is of two rounds side by side.
//
//	REV,REV --git archive--> source of each, with this tree's instrument in it
//	                            |
//	                         go build
//	                            |
//	round 1: A B,  round 2: B A,  ...  --> sheets of both --> ratios
//
// Where the instrument needs what an older revision has not, this tree's programs
// measure the brokers of both, in those cells that see nothing else of a revision.
func compare(ctx context.Context, o *options) ([]*sheet, error) {
	dir, err := os.MkdirTemp("", "bcp-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	sides, err := unpackSides(ctx, o, dir)
	if err != nil {
		return nil, err
	}
	only, err := buildSides(ctx, o, sides)
	if err != nil {
		return nil, err
	}
	for round := range o.rounds {
		for i := range sides {
			s := sides[(round+i)%len(sides)]
			progress("round %d of %d: %s", round+1, o.rounds, s.name)
			if err := s.measure(ctx, o, only); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return ratios(sides[0], sides[1]), nil
}

// unpackSides takes out the revisions. This tree is where it is.
func unpackSides(ctx context.Context, o *options, dir string) ([]*side, error) {
	first, second, two := strings.Cut(o.compare, ",")
	sides := []*side{{name: "A: " + first}, {name: "B: this tree", root: "."}}
	if two {
		sides[1] = &side{name: "B: " + second}
	}
	for i, s := range sides {
		s.bin = filepath.Join(dir, fmt.Sprint("bin-", i))
		if s.root != "" {
			continue
		}
		s.root = filepath.Join(dir, fmt.Sprint("source-", i))
		if err := unpack(ctx, s.name[len("A: "):], s.root); err != nil {
			return nil, fmt.Errorf("take out %s: %w", s.name, err)
		}
	}
	return sides, nil
}

// buildSides makes the programs of both revisions, and returns the names of the cells
// that they can be compared by.
func buildSides(ctx context.Context, o *options, sides []*side) (only []string, err error) {
	var unfit error
	for _, s := range sides {
		progress("building %s", s.name)
		if err := s.build(ctx, "bcp-broker", "./cmd/bcp-broker"); err != nil {
			return nil, err
		}
		unfit = errors.Join(unfit, s.build(ctx, "benchmark", "./scripts/benchmark"))
	}
	for _, k := range kinds {
		if o.only[k.name] && (unfit == nil || k.outside) {
			only = append(only, k.name)
		}
	}
	if unfit == nil {
		return only, nil
	}
	if len(only) == 0 {
		return nil, fmt.Errorf("this tree's instrument can't be built with both revisions: %w", unfit)
	}
	progress("this tree's instrument can't be built with both revisions: it measures their brokers alone, by %s", strings.Join(only, ", "))
	self, err := os.Executable()
	for _, s := range sides {
		s.instrument, s.borrowed = self, true
	}
	return only, err
}

// build makes one program of the revision.
func (s *side) build(ctx context.Context, name, pkg string) error {
	s.instrument = filepath.Join(s.bin, "benchmark")
	if _, err := output(ctx, "go", "build", "-C", s.root, "-o", filepath.Join(s.bin, name), pkg); err != nil {
		return fmt.Errorf("build %s of %s: %w", name, s.name, err)
	}
	return nil
}

const (
	// instrument is the folder of the program that measures.
	instrument = "scripts/benchmark"

	// lent is what it needs of the project that older revisions don't have.
	lent = "broker/zmtp"
)

// unpack writes the source of a revision into a folder, with this tree's
// instrument in the place of its own: both sides are measured in the same way.
func unpack(ctx context.Context, revision, root string) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	archive := filepath.Join(root, "source.tar")
	if _, err := output(ctx, "git", "archive", "--output", archive, revision); err != nil {
		return err
	}
	if _, err := output(ctx, "tar", "-xf", archive, "-C", root); err != nil {
		return err
	}
	return equip(".", root)
}

// equip puts a tree's instrument into the place of another's.
func equip(from, root string) error {
	if err := os.RemoveAll(filepath.Join(root, instrument)); err != nil {
		return err
	}
	folders := []string{instrument}
	if _, err := os.Stat(filepath.Join(root, lent)); errors.Is(err, fs.ErrNotExist) {
		folders = append(folders, lent)
	}
	for _, folder := range folders {
		if err := os.CopyFS(filepath.Join(root, folder), os.DirFS(filepath.Join(from, folder))); err != nil {
			return err
		}
	}
	return nil
}

// measure measures one round with the side's own programs. The later options of a
// command line win.
func (s *side) measure(ctx context.Context, o *options, only []string) error {
	args := append(o.args[:len(o.args):len(o.args)],
		"--compare", "", "--report", "", "--page", "", "--rounds", "1", "--json", "--only", strings.Join(only, ","), "--broker", filepath.Join(s.bin, "bcp-broker"))
	if s.borrowed {
		args = append(args, "--journal-off=false") // it is this tree's broker
	}
	cmd := gently(ctx, append([]string{s.instrument}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		return fmt.Errorf("read its report: %w", err)
	}
	s.take(r.Sheets)
	return nil
}

// take merges the sheets of one more round.
func (s *side) take(sheets []*sheet) {
	if s.sheets == nil {
		s.sheets = sheets
		return
	}
	for i := range s.sheets {
		s.sheets[i].merge(sheets[i])
	}
}

// ratios puts the figures of both sides beside each other, one a row.
func ratios(a, b *side) []*sheet {
	var all []*sheet
	for i, of := range a.sheets {
		s := &sheet{Cell: of.Cell, Head: of.Head + ": figure"}
		for _, l := range of.Lines {
			for _, column := range of.Columns {
				s.addRatio(l.Name+": "+column, a, b, l.Figures[column], b.sheets[i].figure(l.Name, column))
			}
		}
		all = append(all, s)
	}
	return all
}

func (s *sheet) addRatio(row string, a, b *side, of, to samples) {
	if len(of) == 0 || len(of) != len(to) {
		return // one of the sides doesn't have it
	}
	s.add(row, a.name, of...)
	s.add(row, b.name, to...)
	for round := range of {
		if of[round] != 0 {
			s.add(row, "B/A", to[round]/of[round])
		}
	}
}
