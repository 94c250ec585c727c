package broker

import (
	"slices"
	"sort"

	"bcp/journal"
)

// unused knows ranges of clients' keys of which the archive has none, so that it need not be
// asked for each new one: clients count their keys up, as a rule, in an order in which the next
// one is behind the last.
//
//	archive   a/17  a/18            b/203
//	unused             (after a/18,   before b/203)
//	                     a/19 is new; once it is in the archive too, the range is after a/19
//
// A key comes into the archive only while the broker has it among its own; when it forgets
// its task, the key leaves the range. So what is in a range, and not among the broker's
// own keys, is in neither. That the archive forgets keys makes no range wrong.
type unused struct {
	ranges []journal.KeyRange // in their order; none touches another
}

// unusedMax bounds the ranges: those of some pages of a journal. A client who counts in plain
// decimals uses one for ten keys.
const unusedMax = 8 * journal.MaxUnused

// find returns the range that a key is in.
func (u *unused) find(key string) (at int, found bool) {
	at = sort.Search(len(u.ranges), func(i int) bool { return u.ranges[i].After >= key }) - 1
	return at, at >= 0 && u.ranges[at].Has(key)
}

// add takes in ranges, which are in their order, in place of all that they touch.
func (u *unused) add(ranges []journal.KeyRange) {
	if len(ranges) == 0 {
		return
	}
	first, last := ranges[0].After, ranges[len(ranges)-1].Before
	from := sort.Search(len(u.ranges), func(i int) bool { return u.ranges[i].Before == "" || u.ranges[i].Before > first })
	to := sort.Search(len(u.ranges), func(i int) bool { return last != "" && u.ranges[i].After >= last })
	if len(u.ranges)+len(ranges) > unusedMax {
		u.ranges, from, to = nil, 0, 0
	}
	u.ranges = slices.Replace(u.ranges, from, max(from, to), ranges...)
}

// use takes a key out of its range, with those before it: the next ones come after it.
func (u *unused) use(key string) {
	if at, found := u.find(key); found {
		u.ranges[at].After = key
	}
}

// counting tells whether it is worth asking the archive for ranges: for a client who counts
// its keys up it is, and hardly for one who draws them by lot.
type counting struct{ hits, skip, pause int }

// pauseMax is after how many keys in no range one is asked for again, at most.
const pauseMax = 63

// hit takes in that a new key was in a range.
func (c *counting) hit() { c.hits++ }

// worth tells whether to ask for ranges about a key that is in none: less and less often
// after ranges that served for no key.
func (c *counting) worth() bool {
	if c.skip > 0 {
		c.skip--
		return false
	}
	c.pause = 2*c.pause + 1
	if c.hits > 0 {
		c.pause = 0
	}
	c.pause = min(c.pause, pauseMax)
	c.skip, c.hits = c.pause, 0
	return true
}
