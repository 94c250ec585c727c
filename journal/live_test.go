package journal_test

import (
	"bytes"
	"testing"

	"bcp/journal"
)

// A row of a task that was only submitted says so, with what is its own and what others
// may have as well; every other one doesn't.
func TestLiveRowSubmitted(t *testing.T) {
	id := journal.ID{6: 1, 15: 1}
	spec := &journal.Spec{Client: "c", Key: "k/1", Digest: [16]byte{1, 15: 2}, Tries: 3, Target: journal.Target{Kind: journal.ToService, Name: "s"}}
	plain := *spec
	plain.Key, plain.Digest = "", [16]byte{}
	at := int64(id.Time())
	submit := func(s *journal.Spec, size int, atMS int64) journal.Record {
		return journal.Record{Task: id, Kind: journal.KindSubmit, Time: atMS, Spec: s, Payload: make([]byte, size)}
	}
	given := journal.Record{Task: id, Kind: journal.KindDispatch, Time: at, Attempt: 1, Worker: "w"}
	shared := spec.AppendShared(nil)
	for name, c := range map[string]struct {
		records     []journal.Record
		key, digest string
		alike       bool
	}{
		"with a key":       {[]journal.Record{submit(spec, 0, at)}, "k/1", string(spec.Digest[:]), true},
		"and a body":       {[]journal.Record{submit(spec, 300, at)}, "k/1", string(spec.Digest[:]), true},
		"without":          {[]journal.Record{submit(&plain, 300, at)}, "", "", true},
		"at another time":  {[]journal.Record{submit(spec, 0, at+1)}, "", "", false},
		"with an attempt":  {[]journal.Record{submit(spec, 0, at), given}, "", "", false},
		"with other asked": {[]journal.Record{submit(&journal.Spec{Client: "d", Tries: 3, Target: spec.Target}, 0, at)}, "", "", false},
	} {
		var records []*journal.Record
		for i := range c.records {
			records = append(records, &c.records[i])
		}
		sealed, err := journal.AppendRow(nil, nil, records...)
		if err != nil {
			t.Fatal(err)
		}
		row, err := journal.NewLiveRow(id, sealed, nil)
		if err != nil {
			t.Fatal(err)
		}
		key, digest, rest, ok := row.Submitted()
		if alike := ok && bytes.Equal(rest, shared); alike != c.alike {
			t.Errorf("%s: alike is %v: %q, %v", name, alike, rest, ok)
		}
		if c.alike && (string(key) != c.key || string(digest) != c.digest) {
			t.Errorf("%s: key %q, digest %q", name, key, digest)
		}
	}
}

// What is cut off or empty is no row of a submitted task, and leads nowhere.
func TestLiveRowCut(t *testing.T) {
	id := journal.ID{15: 1}
	spec := &journal.Spec{Client: "c", Key: "k/1", Digest: [16]byte{1}, Tries: 3, Target: journal.Target{Kind: journal.ToService, Name: "s"}}
	sealed, err := journal.AppendRow(nil, nil, &journal.Record{Task: id, Kind: journal.KindSubmit, Spec: spec, Payload: make([]byte, 300)})
	if err != nil {
		t.Fatal(err)
	}
	content, err := journal.OpenBlob(id, sealed)
	if err != nil {
		t.Fatal(err)
	}
	for n := range content {
		row, err := journal.NewLiveRow(id, journal.AppendBlob(nil, id, content[:n]), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, ok := row.Submitted(); ok {
			t.Errorf("%d of %d bytes are taken for a task", n, len(content))
		}
	}
	sealed[len(sealed)-1]++
	if _, err := journal.NewLiveRow(id, sealed, nil); err == nil {
		t.Error("a damaged row is taken")
	}
}
