package journal

import (
	"errors"
	"reflect"
	"testing"
)

func TestDecodeEnd(t *testing.T) {
	records := fullRecords()
	for _, key := range []string{"", "k"} {
		records[0].Spec.Key = key
		row := mustRow(t, nil, pointers(records)...)
		end, keyed, err := DecodeEnd(testID, row)
		if want := asRead(records[len(records)-1]); err != nil || keyed != (key != "") || !reflect.DeepEqual(end, want) {
			t.Errorf("end with key %q: %+v, %v, %v\nwant %+v", key, end, keyed, err, want)
		}
		row[len(row)-1]++
		if _, _, err := DecodeEnd(testID, row); !errors.Is(err, ErrCorrupt) {
			t.Errorf("end of a row that is damaged: %v", err)
		}
	}
	for what, row := range map[string][]byte{
		"no record": sealed(nil), "no end": mustRow(t, nil, &records[0]), "a record that is cut off": sealed([]byte{byte(KindEnd), 5}),
	} {
		if _, _, err := DecodeEnd(testID, row); !errors.Is(err, ErrCorrupt) {
			t.Errorf("end of a row with %s: %v", what, err)
		}
	}
}

func TestDecodeKey(t *testing.T) {
	records := fullRecords()
	for _, key := range []string{"", "k"} {
		records[0].Spec.Key = key
		row := mustRow(t, nil, pointers(records)...)
		if got, err := DecodeKey(testID, row); err != nil || string(got) != key {
			t.Errorf("key %q of one under %q, %v", got, key, err)
		}
		row[len(row)-1]++
		if _, err := DecodeKey(testID, row); !errors.Is(err, ErrCorrupt) {
			t.Errorf("key of a row that is damaged: %v", err)
		}
	}
	for what, row := range map[string][]byte{"no record": sealed(nil), "a record that is cut off": sealed([]byte{byte(KindSubmit), 5})} {
		if _, err := DecodeKey(testID, row); !errors.Is(err, ErrCorrupt) {
			t.Errorf("key of a row with %s: %v", what, err)
		}
	}
}

// The state in which a task has ended is found without decoding its row, and damage is
// found as well.
func TestEndState(t *testing.T) {
	submit := Record{Task: testID, Kind: KindSubmit, Spec: &Spec{Tries: 1}}
	given := Record{Task: testID, Kind: KindDispatch, Attempt: 1, Worker: "w", Time: 5}
	for _, want := range []State{0, Done, Failed, Canceled} {
		records := []Record{submit, given}
		if want != 0 {
			records = append(records, Record{
				Task: testID, Kind: KindEnd, State: want, Reason: ReasonError, Attempt: 1, Worker: "w", Time: 1e12, Payload: make([]byte, 200),
			})
		}
		row := mustRow(t, nil, pointers(records)...)
		if got, err := EndState(testID, row); got != want || err != nil {
			t.Errorf("%s: got %s, %v", want, got, err)
		}
		for i := range row {
			row[i]++
			if _, err := EndState(testID, row); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s, byte %d is wrong: %v", want, i, err)
			}
			row[i]--
		}
	}
	if _, err := EndState(testID, sealed([]byte{byte(KindEnd), 200})); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a row that is cut off: %v", err)
	}
}
