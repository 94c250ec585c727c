package bare

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"bcp/journal"
)

const (
	// endWave is how many tasks end in one commit.
	endWave = 64

	// endWaves is how many commits are measured of each order.
	endWaves = 100
)

// Orders has so many tasks wait, and returns how many a second start and end in random
// order among all of them, and in the order of their submits.
func Orders(parent string, size, waiting int) (random, inOrder float64, err error) {
	f, err := NewFlow(parent, size)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.maker.Fill(f.store, 0, waiting, false); err != nil {
		return 0, 0, err
	}
	few := min(endWave*endWaves, waiting/2)
	numbers := make([]int, waiting)
	for i := range numbers {
		numbers[i] = i
	}
	if inOrder, err = f.end(numbers[:few]); err != nil {
		return 0, 0, err
	}
	rest := numbers[few:]
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	random, err = f.end(rest[:few])
	return random, inOrder, err
}

// end gives the tasks with these numbers to workers and ends them, and returns how
// many did so a second.
func (f *Flow) end(numbers []int) (float64, error) {
	began := time.Now()
	for done := 0; done < len(numbers); done += endWave {
		var records []journal.Record
		for _, n := range numbers[done:min(done+endWave, len(numbers))] {
			given := f.maker.Given(n)
			records = append(records, given[0], given[1], f.maker.End(n))
		}
		if err := f.store.Commit(records); err != nil {
			return 0, err
		}
	}
	return float64(len(numbers)) / time.Since(began).Seconds(), nil
}

// writeBytes finds the bytes that went to the disk in the text of /proc/PID/io.
func writeBytes(text string) (int64, error) {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "write_bytes:"); ok {
			return strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		}
	}
	return 0, fmt.Errorf("no write_bytes in %q", text)
}
