package broker_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// ofOlderBuild returns the digest that an older build gave a submit of newOlder's.
func ofOlderBuild(body []byte) (sum [16]byte) {
	const target = "\x02somebody"
	text := append(binary.BigEndian.AppendUint64(nil, uint64(len(target))), target...)
	all := sha256.Sum256(append(binary.BigEndian.AppendUint64(text, 0), body...))
	copy(sum[:], all[:])
	return sum
}

// newOlder is a core with a task that an older build has accepted: end tells whether it has
// ended, and forget whether it is forgotten.
func newOlder(t *testing.T, body []byte, end, forget bool) *flood {
	return newOlderOf(t, &journal.Spec{
		Key: "k", Digest: ofOlderBuild(body), Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "somebody"},
	}, body, end, forget)
}

// olderID is the ID of newOlder's task.
var olderID = journal.ID{5: 1, 15: 7}

// newOlderOf is newOlder for a task with which this is asked for.
func newOlderOf(t *testing.T, spec *journal.Spec, body []byte, end, forget bool) *flood {
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
		if _, err := f.store.Prune(journal.Retention{NowMS: 2, KeysMS: 2, Keys: 1}, 1); err != nil {
			t.Fatal(err)
		}
	}
	f.core = broker.New(broker.Config{}, f.store, zeros{}, id)
	if err := f.core.RestoreFrom(f.store); err != nil {
		t.Fatal(err)
	}
	f.core.Open(f.now)
	f.say(&wire.Hello{Session: "c"})
	return f
}

// A submit that an older build has accepted is known under its key, and another one is
// refused: large or small, written down apart or not, while its task lives, when it has
// ended and when it is forgotten.
func TestKeyOfAnOlderBuild(t *testing.T) {
	for _, size := range []int{0, 200, 8<<10 - 1, 8 << 10, 1 << 20} {
		for _, life := range []struct{ end, forget bool }{{}, {end: true}, {end: true, forget: true}} {
			for _, apart := range []bool{false, true} {
				body := bytes.Repeat([]byte{7}, size)
				other := append(bytes.Repeat([]byte{7}, max(size-1, 0)), 8)
				f := newOlder(t, body, life.end, life.forget)
				if m, ok := f.again(body, apart).(*wire.Accepted); !ok || !m.Known {
					t.Errorf("%d bytes, %+v, apart %v: the same is answered with %+v", size, life, apart, m)
				}
				if m, ok := f.again(other, apart).(*wire.Refuse); !ok || m.Code != wire.CodeKeyConflict {
					t.Errorf("%d bytes, %+v, apart %v: another is answered with %+v", size, life, apart, m)
				}
			}
		}
	}
}

// again submits a body under the key of newOlder's task, and returns the answer.
func (f *flood) again(body []byte, apart bool) wire.Message {
	m := &wire.Submit{Body: body, Spec: &journal.Spec{
		Key: "k", Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "somebody"},
	}}
	if apart {
		broker.SetDigest(m)
		broker.SetOtherDigest(m)
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
			return newOlderOf(t, &spec, nil, end, false)
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
			known.Spec.Digest = ofOlderBuild(nil)
			f := newOlderOf(t, known.Spec, nil, life.end, life.forget)
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
