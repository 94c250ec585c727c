package broker_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/zeebo/blake3"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// ofOlderBuild returns the digest that an older build gave a submit to somebody, by the
// beginning of a hash.
func ofOlderBuild(hash func([]byte) [32]byte, body []byte) (sum [16]byte) {
	const target = "\x02somebody"
	text := append(binary.BigEndian.AppendUint64(nil, uint64(len(target))), target...)
	all := hash(append(binary.BigEndian.AppendUint64(text, 0), body...))
	copy(sum[:], all[:])
	return sum
}

// olderID is the ID of newOlder's task.
var olderID = journal.ID{5: 1, 15: 7}

// newOlder is a core with a task that an older build has accepted, with which this is asked
// for: end tells whether it has ended, and forget whether it is forgotten.
func newOlder(t *testing.T, spec *journal.Spec, body []byte, end, forget bool) *flood {
	f := newFlood(t)
	id := olderID
	records := []journal.Record{{Task: id, Kind: journal.KindSubmit, Payload: body, Spec: spec}}
	if end {
		records = append(records, journal.Record{Task: id, Kind: journal.KindEnd, State: journal.Canceled, Time: 1})
	}
	if err := f.store.Commit(records); err != nil {
		t.Fatal(err)
	}
	if forget {
		if _, _, err := f.store.CommitAndPrune(nil, journal.Retention{NowMS: 2, KeysMS: 2, Keys: 1}, 1); err != nil {
			t.Fatal(err)
		}
	}
	f.restart(t, id)
	return f
}

// restart gives the flood a core of its journal, which has IDs up to the last.
func (f *flood) restart(t *testing.T, last journal.ID) {
	f.core = broker.New(broker.Config{}, f.store, zeros{}, last)
	if err := f.core.RestoreFrom(f.store); err != nil {
		t.Fatal(err)
	}
	f.core.Open(f.now)
	f.say(&wire.Hello{Session: "c"})
}

// A submit that an older build has accepted is known under its key, and another one is
// refused: large or small, written down apart or not, while its task lives, when it has
// ended and when it is forgotten.
func TestKeyOfAnOlderBuild(t *testing.T) {
	for name, build := range map[string]struct {
		hash  func([]byte) [32]byte
		sizes []int
	}{
		"SHA-256": {sha256.Sum256, []int{0, 200, 8 << 10, 1 << 20}},
		"BLAKE3":  {blake3.Sum256, []int{8 << 10, 1 << 20}},
	} {
		for _, size := range build.sizes {
			for _, life := range []struct{ end, forget bool }{{}, {end: true}, {end: true, forget: true}} {
				for _, apart := range []bool{false, true} {
					body := bytes.Repeat([]byte{7}, size)
					other := append(bytes.Repeat([]byte{7}, max(size-1, 0)), 8)
					f := newOlder(t, &journal.Spec{
						Key: "k", Digest: ofOlderBuild(build.hash, body), Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "somebody"},
					}, body, life.end, life.forget)
					if m, ok := f.again(body, apart).(*wire.Accepted); !ok || !m.Known {
						t.Errorf("%s, %d bytes, %+v, apart %v: the same is answered with %+v", name, size, life, apart, m)
					}
					if m, ok := f.again(other, apart).(*wire.Refuse); !ok || m.Code != wire.CodeKeyConflict {
						t.Errorf("%s, %d bytes, %+v, apart %v: another is answered with %+v", name, size, life, apart, m)
					}
				}
			}
		}
	}
}

// A retry that an older build has done under a key is known when it is asked for again, and
// refused for another task, whether it has ended or not.
func TestRetryKeyOfAnOlderBuild(t *testing.T) {
	target := journal.Target{Kind: journal.ToService, Name: "somebody"}
	for _, end := range []bool{false, true} {
		f := newOlder(t, &journal.Spec{Tries: 1, Target: target}, nil, true, false)
		other, retry := journal.ID{5: 2, 15: 7}, journal.ID{5: 3, 15: 7}
		records := []journal.Record{
			{Task: other, Kind: journal.KindSubmit, Spec: &journal.Spec{Tries: 1, Target: target}},
			{Task: other, Kind: journal.KindEnd, State: journal.Canceled, Time: 1},
			{Task: retry, Kind: journal.KindSubmit, Spec: &journal.Spec{
				Key: "k", Digest: ofOlderBuild(sha256.Sum256, olderID[:]), RetryOf: olderID, Tries: 1, Target: target,
			}},
		}
		if end {
			records = append(records, journal.Record{Task: retry, Kind: journal.KindEnd, State: journal.Canceled, Time: 1})
		}
		if err := f.store.Commit(records); err != nil {
			t.Fatal(err)
		}
		f.restart(t, retry)
		again := f.say(&wire.Resolve{Task: olderID, Verb: wire.ResolveRetry, NewKey: "k"})[0].Msg
		if m, ok := again.(*wire.Status); !ok || m.Task.ID != retry {
			t.Errorf("ended %v: the same is answered with %+v", end, again)
		}
		conflict := f.say(&wire.Resolve{Task: other, Verb: wire.ResolveRetry, NewKey: "k"})[0].Msg
		if m, ok := conflict.(*wire.Refuse); !ok || m.Code != wire.CodeKeyConflict {
			t.Errorf("ended %v: another is answered with %+v", end, conflict)
		}
	}
}

// TestDigest has submits that differ in one thing each: all have digests of their own, and
// the same one has the same again, which is in journals and never changes.
func TestDigest(t *testing.T) {
	to := func(kind journal.TargetKind, name string) journal.Target {
		return journal.Target{Kind: kind, Name: name}
	}
	submits := []wire.Submit{
		{Spec: &journal.Spec{Target: to(journal.ToService, "a")}},
		{Spec: &journal.Spec{Target: to(journal.ToService, "b")}},
		{Spec: &journal.Spec{Target: to(journal.ToWorker, "a")}},
		{Spec: &journal.Spec{Target: to(journal.ToService, "a"), Array: "0-3"}},
		{Spec: &journal.Spec{Target: to(journal.ToService, "a"), Argv: []string{"x", "y"}}},
		{Spec: &journal.Spec{Target: to(journal.ToService, "a"), Argv: []string{"xy"}}},
		{Spec: &journal.Spec{Target: to(journal.ToAny, ""), Where: "gpu"}},
		{Spec: &journal.Spec{Target: to(journal.ToAny, ""), Where: "cpu"}},
		{Spec: &journal.Spec{Target: to(journal.ToService, "a")}, Body: []byte("x")},
		{Spec: &journal.Spec{Target: to(journal.ToService, "a")}, Body: []byte("y")},
		{Spec: &journal.Spec{Target: to(journal.ToService, "a")}, Body: make([]byte, 1<<20)},
		{Spec: &journal.Spec{Target: to(journal.ToService, "a")}, Body: make([]byte, 1<<20+1)},
	}
	seen := map[[16]byte]int{}
	for i := range submits {
		m := &submits[i]
		m.Spec.Key = "k"
		broker.SetDigest(m)
		if first, has := seen[m.Spec.Digest]; has {
			t.Errorf("submits %d and %d have the same digest", first, i)
		}
		seen[m.Spec.Digest] = i
	}
	const first = "8327bc89c849bb4df4c122703795748e"
	if got := fmt.Sprintf("%x", submits[0].Spec.Digest); got != first {
		t.Errorf("a digest is %s, and was %s", got, first)
	}
}

// again submits a body under the key of newOlder's task, and returns the answer.
func (f *flood) again(body []byte, apart bool) wire.Message {
	m := &wire.Submit{Body: body, Spec: &journal.Spec{
		Key: "k", Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "somebody"},
	}}
	if apart {
		broker.SetDigest(m)
		broker.SetOlderDigests(m)
		m.Body, m.Stored, m.Written = nil, journal.Blob{ID: journal.ID{1}, Size: len(body)}, body
	}
	return f.say(m)[0].Msg
}

// A task that an older build has accepted, with what is refused today for nothing comes of
// it, can be changed and tried again.
func TestTaskOfAnOlderBuild(t *testing.T) {
	edit := wire.Edit{Task: olderID, Spec: &journal.Spec{Priority: 5}, Options: []uint8{journal.OptionNamed("priority").Number}}
	plan := wire.Changed{Of: &wire.Change{Do: wire.ChangeEdit, Spec: edit.Spec, Options: edit.Options}}
	for _, idle := range []journal.Spec{{RetryJitter: 20}, {RetryDelayMaxMS: 60_000}} {
		older := func(end bool) *flood {
			spec := idle
			spec.Tries, spec.Target = 1, journal.Target{Kind: journal.ToService, Name: "somebody"}
			return newOlder(t, &spec, nil, end, false)
		}
		f := older(false)
		if page, err := broker.FillChanged(f.store, &plan, f.now.WallMS); err != nil || len(page.Rows) != 1 || page.Rows[0].Code != 0 {
			t.Errorf("%+v: an edit would be answered with %+v, %v", idle, page, err)
		}
		if m, ok := f.say(&edit)[0].Msg.(*wire.Status); !ok || m.Task.Spec.Priority != 5 {
			t.Errorf("%+v: an edit is answered with %+v", idle, f.say(&edit)[0].Msg)
		}
		f = older(true)
		again := f.say(&wire.Resolve{Task: olderID, Verb: wire.ResolveRetry})[0].Msg
		if m, ok := again.(*wire.Status); !ok || m.Task.Spec.RetryOf != olderID {
			t.Errorf("%+v: a retry is answered with %+v", idle, again)
		}
	}
}

// What an older build has accepted, and is refused today for nothing comes of it, is still
// known under its key, alone and in a batch; under a new key it is refused.
func TestRepetitionOfAnOlderBuild(t *testing.T) {
	for name, idle := range map[string]journal.Spec{"retry-jitter": {RetryJitter: 20}, "retry-delay-max": {RetryDelayMaxMS: 60_000}} {
		asked := func(key string) wire.Submit {
			spec := idle
			spec.Key, spec.Tries, spec.Target = key, 1, journal.Target{Kind: journal.ToService, Name: "somebody"}
			return wire.Submit{Spec: &spec}
		}
		for _, life := range []struct{ end, forget bool }{{}, {end: true}, {end: true, forget: true}} {
			known, fresh := asked("k"), asked("new")
			known.Spec.Digest = ofOlderBuild(sha256.Sum256, nil)
			f := newOlder(t, known.Spec, nil, life.end, life.forget)
			again := f.say(&known)[0].Msg
			if m, ok := again.(*wire.Accepted); !ok || m.Task != olderID || !m.Known {
				t.Errorf("%s, %+v: the repetition is answered with %+v", name, life, again)
			}
			if m, ok := f.say(&fresh)[0].Msg.(*wire.Refuse); !ok || m.Code != wire.CodeBadOption {
				t.Errorf("%s, %+v: a new key is answered with %+v", name, life, m)
			}
			other := wire.Submit{Spec: &journal.Spec{Key: "other", Tries: 1, Target: known.Spec.Target}}
			batch := f.say(&wire.SubmitBatch{Submits: []wire.Submit{other, known}})[0].Msg
			if m, ok := batch.(*wire.BatchAccepted); !ok || m.Accepted[1].Task != olderID || !m.Accepted[1].Known {
				t.Errorf("%s, %+v: the repetition in a batch is answered with %+v", name, life, batch)
			}
			if m, ok := f.say(&wire.SubmitBatch{Submits: []wire.Submit{known, fresh}})[0].Msg.(*wire.Refuse); !ok || m.Code != wire.CodeBadOption {
				t.Errorf("%s, %+v: a new key in a batch is answered with %+v", name, life, m)
			}
		}
	}
}
