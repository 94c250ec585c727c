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

// endWave is how many tasks end in one commit.
const endWave = 64

// Orders has so many tasks wait, and returns how many a second start and end in random
// order, and in the order of their submits, until none is left: what was put off on the
// way is done by then.
func Orders(parent string, size, waiting int) (random, inOrder float64, err error) {
	numbers := make([]int, waiting)
	for i := range numbers {
		numbers[i] = i
	}
	if inOrder, err = endAll(parent, size, numbers); err != nil {
		return 0, 0, err
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	random, err = endAll(parent, size, numbers)
	return random, inOrder, err
}

// endAll fills a journal with waiting tasks, ends them in the order of these numbers, and
// returns how many did so a second.
func endAll(parent string, size int, numbers []int) (perSecond float64, err error) {
	f, err := NewFlow(parent, size)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.maker.Fill(f.store, 0, len(numbers), false); err != nil {
		return 0, err
	}
	f.next = len(numbers)
	return f.end(numbers)
}

// end gives the tasks with these numbers to workers and ends them, and returns how
// many did so a second.
func (f *Flow) end(numbers []int) (float64, error) {
	began := time.Now()
	for done := 0; done < len(numbers); done += endWave {
		var records []journal.Record
		for _, n := range numbers[done:min(done+endWave, len(numbers))] {
			records = append(records, f.ends(n)...)
		}
		if err := f.store.Commit(records); err != nil {
			return 0, err
		}
	}
	return float64(len(numbers)) / time.Since(began).Seconds(), nil
}

// ends returns the records of the n-th task's dispatch, start and end, which all come
// after those of the tasks that have ended before, whatever their order.
func (f *Flow) ends(n int) []journal.Record {
	given := f.maker.Given(n)
	records := []journal.Record{given[0], given[1], f.maker.End(n)}
	now := f.maker.Given(f.next)[0].Time
	f.next++
	for i := range records {
		records[i].Time = now + int64(i)
	}
	return records
}

// writeBytes finds the bytes that were handed to the system in the text of /proc/PID/io. What
// it counts as written to disks has all of a folio of which a page was written.
func writeBytes(text string) (int64, error) {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "wchar:"); ok {
			return strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		}
	}
	return 0, fmt.Errorf("no wchar in %q", text)
}
