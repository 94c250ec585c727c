package journal

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"bcp/scripts/mutants"
)

// everyRecord has all kinds of records, and every field with a value somewhere.
func everyRecord() []Record {
	tally := &Tally{Count: 9, Next: 5, Ahead: 1, Out: 2, Done: 1, Failed: 1, Canceled: 1, Rest: Canceled, RestReason: ReasonCanceled, RestMS: 7, StartMS: 3, Stopped: 1, Skipped: 1}
	return append(fullRecords(),
		Record{Task: testID, Kind: KindExhausted, Attempt: 1, Reason: ReasonError, Worker: "w", Text: "broken", Class: "oom"},
		Record{Task: otherID, Kind: KindMember, Other: testID, Spec: &Spec{Client: "c"}, Index: 1 << 31, Count: 7, Worker: "w", DelayMS: 8},
		Record{Task: testID, Kind: KindTally, Tally: tally},
		Record{Task: otherID, Kind: KindJoin, Other: testID, Spec: &Spec{Argv: []string{"a"}}, Index: 2, Count: 3, Worker: "w"},
		Record{Kind: KindSetting, Time: 1, By: "b", Text: "why", Setting: &Setting{Name: "limit/service/s", Value: "running=1"}},
		Record{Kind: KindSetting, Time: 2, By: "b", Setting: &Setting{Name: "limit/service/s", Gone: true}},
		Record{Task: otherID, Kind: KindSubmit, Spec: &Spec{}, Blob: Blob{ID: ID{3}, Size: BlobMin}},
		Record{Task: otherID, Kind: KindEnd, State: Done},
	)
}

// logged encodes records, and tells how they are to come back.
func logged(t testing.TB, records []Record) (data []byte, want []Record) {
	t.Helper()
	for i := range records {
		r := records[i]
		data = AppendLogged(data, &r)
		if !bytes.Equal(r.Payload, records[i].Payload) {
			t.Errorf("payload of %s is %d bytes in the log, of %d", r.Kind, len(r.Payload), len(records[i].Payload))
		}
		if row, want := appendRecord(nil, &r), appendRecord(nil, &records[i]); !bytes.Equal(row, want) {
			t.Errorf("a row would have %x of a logged %s, of another one %x", row, r.Kind, want)
		}
		r.coded = nil
		want = append(want, r)
	}
	return data, want
}

// A log gives back every kind of record with all its fields, in any order.
func TestLoggedRoundTrip(t *testing.T) {
	all := everyRecord()
	checkComplete(t, all)
	source := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		records := all
		if n > 0 {
			records = make([]Record, source.IntN(2*len(all)))
			for i := range records {
				records[i] = all[source.IntN(len(all))]
			}
		}
		data, want := logged(t, records)
		got, err := DecodeLogged(nil, data)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d records, %v; want %d", len(got), err, len(want))
		}
		for i := range want {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Fatalf("record %d of %d: %+v\nwant %+v", i, len(want), got[i], want[i])
			}
		}
	}
}

// checkComplete tells which kinds and fields the records don't have.
func checkComplete(t *testing.T, records []Record) {
	t.Helper()
	kinds, fields := map[Kind]bool{}, map[string]bool{"Record.Size": true, "Record.coded": true} // of what was read back, or logged
	note := func(v reflect.Value) {
		for i := range v.NumField() {
			name := v.Type().Name() + "." + v.Type().Field(i).Name
			fields[name] = fields[name] || !v.Field(i).IsZero()
		}
	}
	for i := range records {
		r := &records[i]
		kinds[r.Kind] = true
		note(reflect.ValueOf(*r))
		if r.Setting != nil {
			note(reflect.ValueOf(*r.Setting))
		}
		if r.Tally != nil {
			note(reflect.ValueOf(*r.Tally))
		}
	}
	for k := range kindLast + 1 {
		if k.known() && !kinds[k] {
			t.Errorf("no record is a %s", k)
		}
	}
	for name, has := range fields {
		if !has {
			t.Errorf("no record has %s", name)
		}
	}
}

// Records that are decoded come behind those that there are.
func TestDecodeLoggedAppends(t *testing.T) {
	first := fullRecords()[:1]
	data, want := logged(t, fullRecords()[1:3])
	got, err := DecodeLogged(first, data)
	if err != nil || !reflect.DeepEqual(got, append(fullRecords()[:1], want...)) {
		t.Errorf("%+v, %v", got, err)
	}
}

// Payloads point into the log, and nothing else of what was read does.
func TestLoggedPointsToPayloads(t *testing.T) {
	records := everyRecord()
	data, want := logged(t, records)
	got, err := DecodeLogged(nil, data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	for i := range got {
		if len(bytes.Trim(got[i].Payload, "\x00")) > 0 {
			t.Errorf("payload of %s was copied", got[i].Kind)
		}
		got[i].Payload, want[i].Payload = nil, nil
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%+v\nwant %+v", got[i], want[i])
		}
	}
}

// A log that is cut anywhere but between two records is damaged, and so is one whose
// payload is another's, or not what its record says.
func TestDecodeLoggedRefuses(t *testing.T) {
	submit := Record{Task: testID, Kind: KindSubmit, Spec: &Spec{Key: "k"}, Payload: []byte("body")}
	logged := submit
	whole := AppendLogged(nil, &logged)
	for n := 1; n < len(whole); n++ {
		if _, err := DecodeLogged(nil, whole[:n]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d of %d bytes: %v", n, len(whole), err)
		}
	}
	payload := len(AppendPayload(nil, &submit))
	head := whole[:len(whole)-payload]
	other, longer, blob := submit, submit, submit
	other.Task, longer.Payload, blob.Payload, blob.Blob = otherID, []byte("bodies"), nil, Blob{ID: testID, Size: 5}
	for name, end := range map[string][]byte{
		"no payload":                   append(bytes.Clone(head[:len(head)-1]), 0),
		"payload that is flipped":      append(bytes.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1),
		"payload of another task":      append(bytes.Clone(head), AppendPayload(nil, &other)...),
		"payload of another size":      append(append(bytes.Clone(head[:len(head)-1]), byte(payload+2)), AppendPayload(nil, &longer)...),
		"reference of another size":    append(append(bytes.Clone(head[:len(head)-1]), sealBytes+refBytes), AppendPayload(nil, &blob)...),
		"payload of an endless size":   append(bytes.Clone(head[:len(head)-1]), bytes.Repeat([]byte{255}, 11)...),
		"unknown kind":                 append(testID[:], byte(kindLast)+1, 0, 0),
		"nothing but a task":           testID[:],
		"task and kind":                append(testID[:], byte(KindSubmit)),
		"bytes behind the last record": append(bytes.Clone(whole), 1),
	} {
		if _, err := DecodeLogged(nil, end); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzDecodeLogged decodes any content as a log: damage is told as such, and what is
// accepted comes back when it is written again. So does a record with any payload.
func FuzzDecodeLogged(f *testing.F) {
	var seeds [][]byte
	for _, r := range everyRecord() {
		r.Payload = r.Payload[:min(len(r.Payload), 10)]
		seeds = append(seeds, AppendLogged(nil, &r))
	}
	mutants.Fuzz(f, append(seeds, bytes.Join(seeds, nil)), func(t testing.TB, content []byte) {
		records, err := DecodeLogged(nil, content)
		if checkDamage(t, err); err == nil {
			checkLogged(t, records)
		}
		checkLogged(t, []Record{{Task: testID, Kind: KindEnd, State: Done, Payload: content}})
	})
}

// checkLogged writes records and reads them.
func checkLogged(t testing.TB, records []Record) {
	t.Helper()
	data, want := logged(t, records)
	got, err := DecodeLogged(nil, data)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d records come back as %d, %v", len(want), len(got), err)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%+v\ncomes back as %+v", want[i], got[i])
		}
	}
}
