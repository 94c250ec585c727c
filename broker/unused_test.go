package broker

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// TestUnused compares ranges of unused keys with the keys that are used, in any order of
// looks and uses: what is in a range is never used, and no range touches another.
func TestUnused(t *testing.T) {
	for seed := range uint64(50) {
		draw := rand.New(rand.NewPCG(seed, 0))
		key := func() string { return fmt.Sprint(draw.IntN(2000)) }
		var u unused
		var used keysInOrder
		for range 2000 {
			switch k := key(); draw.IntN(3) {
			case 0:
				u.add(aroundIn(used, k))
			case 1:
				used.add(k)
				u.use(k)
			default:
				if _, is := u.find(k); is && used.has(k) {
					t.Fatalf("seed %d: %q is used, and in a range", seed, k)
				}
			}
			checkRanges(t, &u)
		}
		for _, k := range used {
			if at, is := u.find(k); is {
				t.Fatalf("seed %d: %q is used, and in %+v", seed, k, u.ranges[at])
			}
		}
	}
}

// keysInOrder are the keys in use. They stay in order: to sort them for each look takes long.
type keysInOrder []string

func (s *keysInOrder) add(key string) {
	if at, is := slices.BinarySearch(*s, key); !is {
		*s = slices.Insert(*s, at, key)
	}
}

func (s keysInOrder) has(key string) bool {
	_, is := slices.BinarySearch(s, key)
	return is
}

// aroundIn is Archive.Unused for keys that are used: the ranges on both sides of the key
// and one more each.
func aroundIn(keys keysInOrder, key string) (ranges []journal.KeyRange) {
	at, _ := slices.BinarySearch(keys, key)
	for i := max(at-2, 0); i <= min(at+2, len(keys)); i++ {
		var r journal.KeyRange
		if i > 0 {
			r.After = keys[i-1]
		}
		if i < len(keys) {
			r.Before = keys[i]
		}
		ranges = append(ranges, r)
	}
	return ranges
}

func checkRanges(t *testing.T, u *unused) {
	t.Helper()
	if len(u.ranges) > unusedMax {
		t.Fatalf("%d ranges", len(u.ranges))
	}
	for i, r := range u.ranges {
		if r.Before != "" && r.After >= r.Before {
			t.Fatalf("%+v is empty", r)
		}
		if i > 0 && (u.ranges[i-1].Before == "" || u.ranges[i-1].Before > r.After) {
			t.Fatalf("%+v touches %+v", u.ranges[i-1], r)
		}
	}
}

// TestUnusedCounting has clients count their keys up: hardly one of the new keys needs a
// look at the archive, and each key is taken for used once it is.
func TestUnusedCounting(t *testing.T) {
	var u unused
	var used keysInOrder
	looks := 0
	for n := range 3000 {
		for _, client := range []string{"b", "a", "c"} {
			key := fmt.Sprint(client, "/", n)
			if _, is := u.find(key); !is {
				looks++
				u.add(aroundIn(used, key))
			}
			if _, is := u.find(key); !is {
				t.Fatalf("%q is not unused", key)
			}
			used.add(key)
			u.use(key)
		}
	}
	if looks > 3*3000/20 {
		t.Errorf("%d looks for %d keys", looks, 3*3000)
	}
	checkRanges(t, &u)
}

// askedArchive counts what the core asks of it.
type askedArchive struct {
	*journal.MemStore
	byKey int
}

func (a *askedArchive) ByKey(key string) (journal.ID, bool, error) {
	a.byKey++
	return a.MemStore.ByKey(key)
}

// TestKeysThatCountUp submits under keys that count up, and each once more after its end:
// the archive is asked for few of the new ones, for hardly any if they are in order, and every
// repetition is known.
func TestKeysThatCountUp(t *testing.T) {
	t.Run("decimals", func(t *testing.T) {
		testKeysThatCountUp(t, 500/4, func(n int) string { return fmt.Sprint("client/", n) })
	})
	t.Run("in order", func(t *testing.T) {
		testKeysThatCountUp(t, 500/100, func(n int) string { return string(wire.AppendCountedKey(nil, "client", uint64(n))) })
	})
}

func testKeysThatCountUp(t *testing.T, askedMax int, key func(n int) string) {
	const keys = 500
	store := &askedArchive{MemStore: journal.NewMemDisk("keys").Open()}
	b := New(Config{}, store, rand.NewChaCha8([32]byte{}), journal.ID{})
	worker := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	step := func(from wire.Peer, m wire.Message) (sends []Send) {
		b.Step(Instant{}, from, m)
		e := b.Take()
		if err := store.Commit(e.Records); err != nil {
			t.Fatal(err)
		}
		b.Committed(e.Mark)
		return e.Sends
	}
	submit := func(n int) *wire.Accepted {
		target := journal.Target{Kind: journal.ToService, Name: "s"}
		for _, s := range step(roomClient, &wire.Submit{Spec: &journal.Spec{Key: key(n), Target: target, Tries: 1}}) {
			if m, ok := s.Msg.(*wire.Accepted); ok {
				return m
			}
		}
		t.Fatalf("key %d was not accepted", n)
		return nil
	}
	step(roomClient, &wire.Hello{Session: "c"})
	step(worker, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 1, Services: []string{"s"}})
	first := make([]*wire.Accepted, keys)
	for n := range keys {
		first[n] = submit(n)
		step(worker, &wire.Outcome{Ref: wire.Ref{Task: first[n].Task, Attempt: 1}, Verdict: wire.VerdictDone})
	}
	if store.byKey > askedMax {
		t.Errorf("the archive was asked for %d of %d keys", store.byKey, keys)
	}
	for n := range keys {
		if again := submit(n); !again.Known || again.Task != first[n].Task {
			t.Fatalf("key %d: %+v, was %+v", n, again, first[n])
		}
	}
}

// TestCounting: for a client who counts, ranges are asked for whenever it leaves one, and
// seldom for one who draws lots.
func TestCounting(t *testing.T) {
	var c counting
	asked := 0
	for range 100 {
		for range 3 {
			if c.worth() {
				asked++
				break
			}
		}
		c.hit()
	}
	if asked != 100 {
		t.Errorf("asked %d times of 100 for who counts", asked)
	}
	asked = 0
	for range 6400 {
		if c.worth() {
			asked++
		}
	}
	if asked > 110 {
		t.Errorf("asked %d times of 6400 for who draws lots", asked)
	}
}
