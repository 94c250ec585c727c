package journal

import (
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"testing"

	"bcp/scripts/mutants"
)

var (
	testID  = ID{0x01, 0x94, 0x1f, 0x29, 0x7c, 0x00, 15: 7}
	otherID = ID{0x01, 0x94, 0x1f, 0x29, 0x7c, 0x00, 15: 8}
)

// fullRecords uses every field, with values at the edges of their range.
func fullRecords() []Record {
	return []Record{
		{
			Task: testID, Kind: KindSubmit, Time: int64(testID.Time()), Payload: []byte("body"),
			Spec: &Spec{
				Client: "c", Key: "k", Digest: [16]byte{1, 15: 255}, Target: Target{ToService, "s"},
				Argv: []string{"", "a b", ""}, Tries: math.MaxUint32, LossMax: 3, OnLoss: LossFail,
				StartTimeoutMS: 1, RunTimeoutMS: math.MaxInt64, QueueTimeoutMS: -1, CancelGraceMS: 127,
				Priority: -100, DelayMS: 1, NotBeforeMS: math.MaxInt64, Hold: true, RetryDelayMS: 2, RetryDelayMaxMS: 3,
				After: []Dependency{{testID, WantsDone}, {ID{1}, 255}}, FailUnmet: true,
				Labels: []string{"run=7", "who=me"},
				Where:  "gpu=a100,!old", Resources: []string{"cpu=2", "mem=1.5GiB"}, Prefer: "zone=b", PreferForMS: 5000,
			},
		},
		{Task: testID, Kind: KindDispatch, Attempt: 1, Time: 0, Worker: "w"},
		{Task: testID, Kind: KindStart, Attempt: 1, Time: math.MaxInt64, Worker: "w"},
		{Task: testID, Kind: KindStop, Attempt: 1, Time: math.MinInt64, Reason: ReasonRunTimeout},
		{Task: testID, Kind: KindCancel, Attempt: 1, Time: -1, By: "b", Text: "why\x00\xff"},
		{Task: testID, Kind: KindRequeue, Attempt: 1, Reason: 255, Text: string(make([]byte, 300)), Class: "oom", Instance: [16]byte{1, 15: 255}, DelayMS: 5},
		{Task: testID, Kind: KindHold, Time: 1, By: "b", Text: "why"},
		{Task: testID, Kind: KindRelease, Attempt: 1, By: "b"},
		{Task: testID, Kind: KindMet, Other: ID{1, 15: 255}},
		{Task: testID, Kind: KindMet, Other: ID{1, 15: 255}, Worker: "w"},
		{Task: testID, Kind: KindCheckpoint, Attempt: 1, Seq: math.MaxUint32, Worker: "w", Payload: make([]byte, MaxCheckpoint)},
		{
			Task: testID, Kind: KindEdit, Attempt: 1, By: "b", Text: "why", Cleared: []byte{5, 16},
			Spec: &Spec{Target: Target{ToWorker, "w"}, Priority: -1, Tries: 9},
		},
		{Task: testID, Kind: KindEnd, Attempt: math.MaxUint32, State: 255, Payload: make([]byte, 1000), KeepBody: true, KeepMS: math.MaxInt64, Members: math.MaxUint32, Member: true},
	}
}

// asRead is a record as it comes back from a row.
func asRead(r Record) Record {
	r.Size, r.Payload = len(r.Payload), nil
	return r
}

func mustRow(t testing.TB, row []byte, records ...*Record) []byte {
	t.Helper()
	row, err := AppendRow(nil, row, records...)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// pointers returns the records by address.
func pointers(records []Record) []*Record {
	all := make([]*Record, len(records))
	for i := range records {
		all[i] = &records[i]
	}
	return all
}

// A row gives back its records, whether they came one by one or together.
func TestRowRoundTrip(t *testing.T) {
	records := fullRecords()
	var row []byte
	var want []Record
	for i := range records {
		row = mustRow(t, row, &records[i])
		want = append(want, asRead(records[i]))
		got, err := decodeRow(testID, row)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("after record %d: %+v, %v\nwant %+v", i+1, got, err, want)
		}
	}
	if together := mustRow(t, nil, pointers(records)...); string(together) != string(row) {
		t.Errorf("the same records make another row together than one by one")
	}
}

// AppendRow leaves the row so far alone: it may be in a file.
func TestAppendRowCopies(t *testing.T) {
	records := fullRecords()
	row := mustRow(t, nil, &records[0])
	row = append(make([]byte, 0, 1000), row...) // with room behind it
	before := string(row)
	mustRow(t, row, &records[1])
	if string(row) != before {
		t.Error("the row so far was changed")
	}
}

func TestAppendRowRefuses(t *testing.T) {
	records := fullRecords()
	row := mustRow(t, nil, &records[0])
	other := Record{Task: otherID, Kind: KindDispatch}
	if _, err := AppendRow(nil, row, &other); !errors.Is(err, ErrCorrupt) {
		t.Errorf("row of another task: %v", err)
	}
	if _, err := AppendRow(nil, row[:3], &records[1]); !errors.Is(err, ErrCorrupt) {
		t.Errorf("cut row: %v", err)
	}
	if _, err := AppendRow(nil, nil, &records[1]); !errors.Is(err, errNotSubmitted) {
		t.Errorf("row without a submit: %v", err)
	}
}

// Every flipped byte, and every flipped bit, of a row and a blob is found; so
// is every cut, and that they belong to another task.
func TestDamageIsFound(t *testing.T) {
	records := fullRecords()
	checkpoint := saveOf(1, 1, "state")
	forms := map[string]struct {
		sealed []byte
		open   func(ID, []byte) error
	}{
		"row": {mustRow(t, nil, pointers(records)...), func(id ID, b []byte) error { _, err := decodeRow(id, b); return err }},
		"blob": {AppendBlob(nil, testID, []byte("payload")), func(id ID, b []byte) error {
			_, err := OpenBlob(id, b)
			return err
		}},
		"checkpoint": {AppendCheckpoint(nil, &checkpoint), openCheckpoint},
	}
	for name, form := range forms {
		if err := form.open(testID, form.sealed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := form.open(otherID, form.sealed); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s of another task: %v", name, err)
		}
		for i := range form.sealed {
			for _, flip := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 255} {
				form.sealed[i] ^= flip
				if err := form.open(testID, form.sealed); !errors.Is(err, ErrCorrupt) {
					t.Errorf("%s with byte %d flipped by %#x: %v", name, i, flip, err)
				}
				form.sealed[i] ^= flip
			}
			if err := form.open(testID, form.sealed[:i]); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s cut to %d bytes: %v", name, i, err)
			}
		}
	}
}

// What is sealed well but makes no sense is damage all the same.
func TestDecodeRowRefuses(t *testing.T) {
	submit := byte(KindSubmit)
	for name, content := range map[string][]byte{
		"kind 0":                   {0, 0},
		"unknown kind":             {byte(kindLast) + 1, 0},
		"no length":                {submit},
		"length beyond the end":    {submit, 2, tagAttempt},
		"endless length":           {submit, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1},
		"field without value":      {submit, 1, tagAttempt},
		"text without length":      {submit, 1, tagWorker},
		"text beyond its record":   {submit, 2, tagWorker, 1, submit, 0},
		"unknown number":           {submit, 2, 100, 1},
		"unknown text":             {submit, 2, 101, 0},
		"attempt out of range":     {submit, 6, tagAttempt, 255, 255, 255, 255, 16},
		"reason out of range":      {submit, 3, tagReason, 128, 2},
		"size out of range":        {submit, 11, tagSize, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1},
		"digest too short":         {submit, 3, tagDigest, 1, 1},
		"spec outside of a submit": {byte(KindStart), 2, tagOther - 1, 1},
	} {
		if _, err := decodeRow(testID, sealed(content)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, want %v", name, err, ErrCorrupt)
		}
	}
	if _, err := decodeRow(testID, sealed([]byte{submit, 2, tagAttempt, 1})); err != nil {
		t.Errorf("a good row: %v", err)
	}
}

func sealed(content []byte) []byte { return AppendBlob(nil, testID, content) }

func TestDecodeEntry(t *testing.T) {
	records := fullRecords()
	records[0].Spec.Hold, records[0].Spec.After = false, nil
	e, err := DecodeEntry(testID, mustRow(t, nil, &records[0], &records[1]))
	if err != nil || e.Task.State != Dispatched || e.Task.ID != testID || len(e.Records) != 2 {
		t.Errorf("entry: %+v, %v", e, err)
	}
	if _, err := DecodeEntry(testID, sealed(nil)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("entry without records: %v", err)
	}
	misfit := mustRow(t, nil, &records[0], &records[2])
	if _, err := DecodeEntry(testID, misfit); !errors.Is(err, ErrCorrupt) || !errors.Is(err, ErrRecord) {
		t.Errorf("records that do not follow: %v", err)
	}
}

// checkEnd compares the end of a row with its last record.
func checkEnd(t testing.TB, row []byte, records []Record) {
	end, keyed, err := DecodeEnd(testID, row)
	last := records[len(records)-1]
	if last.Kind != KindEnd {
		checkDamage(t, err)
		return
	}
	spec := records[0].Spec
	if err != nil || !reflect.DeepEqual(end, last) || spec != nil && spec.Key != "" && !keyed {
		t.Errorf("end %+v, with a key: %v, %v\nof %+v", end, keyed, err, records)
	}
}

// FuzzDecodeRow decodes any content, sealed so that it gets past the checksum:
// it never panics, and what it accepts comes back when it is written again.
func FuzzDecodeRow(f *testing.F) {
	row := mustRow(f, nil, pointers(fullRecords())...)
	seeds := [][]byte{row[sealBytes:], {byte(KindSubmit), 0}}
	mutants.Fuzz(f, seeds, func(t testing.TB, content []byte) {
		_, _ = decodeRow(testID, content) // as it is, without a seal
		row := sealed(content)
		_, _ = DecodeEntry(testID, row)
		records, err := decodeRow(testID, row)
		_, _ = DecodeKey(testID, row)
		if err == nil && len(records) > 0 {
			checkEnd(t, row, records)
		} else {
			_, _, _ = DecodeEnd(testID, row) // which may pass by what is damaged before the end
		}
		if err != nil || len(records) == 0 || records[0].Kind != KindSubmit {
			return
		}
		again, err := decodeRow(testID, mustRow(t, nil, pointers(records)...))
		if err != nil || !reflect.DeepEqual(again, records) {
			t.Errorf("read %+v\nagain %+v, %v", records, again, err)
		}
	})
}

// FuzzFlip flips any byte of any row: it is found.
func FuzzFlip(f *testing.F) {
	seeds := [][]byte{[]byte("\x07\x00\x01\x01\x00\x00\x00\xe8\x88\x1c\xa1\x93\x01\x00\x00worker")}
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		head := make([]byte, 15)
		text := string(input[copy(head, input):])
		at, flip := binary.LittleEndian.Uint16(head), head[2]
		attempt, timeMS := binary.LittleEndian.Uint32(head[3:]), int64(binary.LittleEndian.Uint64(head[7:]))
		worker := text[:len(text)/2]
		row := mustRow(t, nil,
			&Record{Task: testID, Kind: KindSubmit, Spec: &Spec{Key: worker}},
			&Record{Task: testID, Kind: KindDispatch, Worker: worker, Text: text, Attempt: attempt, Time: timeMS})
		row[int(at)%len(row)] ^= flip
		if _, err := decodeRow(testID, row); (err == nil) != (flip == 0) {
			t.Errorf("byte %d flipped by %#x: %v", int(at)%len(row), flip, err)
		}
	})
}

func BenchmarkAppendRow(b *testing.B) {
	records := fullRecords()[:3]
	buffer := make([]byte, 0, 1<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := AppendRow(buffer, nil, &records[0], &records[1], &records[2]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeRow(b *testing.B) {
	records := fullRecords()[:3]
	row := mustRow(b, nil, &records[0], &records[1], &records[2])
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeRow(testID, row); err != nil {
			b.Fatal(err)
		}
	}
}
