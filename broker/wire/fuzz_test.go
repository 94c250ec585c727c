package wire

import (
	"bytes"
	"errors"
	"path/filepath"
	"reflect"
	"testing"
)

// Each target feeds Decode with frames of one dialect, in both directions, so
// that the fuzzer spends its time behind the header. The seeds are the vectors.

func FuzzBCP2Client(f *testing.F) { fuzzBCP2(f, nameBCP2Client) }
func FuzzBCP2Worker(f *testing.F) { fuzzBCP2(f, nameBCP2Worker) }
func FuzzBCP1Client(f *testing.F) { fuzzBCP1(f, nameBCP1Client) }
func FuzzBCP1Worker(f *testing.F) { fuzzBCP1(f, nameBCP1Worker) }

// FuzzFrames feeds any frames at all.
func FuzzFrames(f *testing.F) {
	seed(f, "", func(frames [][]byte, toPeer bool) { f.Add(pack(frames), toPeer) })
	f.Fuzz(func(t *testing.T, packed []byte, toPeer bool) {
		checkFrames(t, unpack(packed), sideOf(toPeer))
	})
}

func fuzzBCP2(f *testing.F, name string) {
	seed(f, name, func(frames [][]byte, toPeer bool) {
		f.Add(frames[0][len(name):], bytes.Join(frames[1:], nil), toPeer)
	})
	f.Fuzz(func(t *testing.T, head, payload []byte, toPeer bool) {
		frames := [][]byte{append([]byte(name), head...)}
		if len(payload) > 0 {
			frames = append(frames, payload)
		}
		checkFrames(t, frames, sideOf(toPeer))
	})
}

func fuzzBCP1(f *testing.F, name string) {
	seed(f, name, func(frames [][]byte, toPeer bool) { f.Add(pack(frames[2:]), toPeer) })
	f.Fuzz(func(t *testing.T, packed []byte, toPeer bool) {
		checkFrames(t, append([][]byte{{}, []byte(name)}, unpack(packed)...), sideOf(toPeer))
	})
}

func sideOf(toPeer bool) Side {
	if toPeer {
		return ToPeer
	}
	return ToBroker
}

// checkFrames tells whether Decode keeps its word, whatever it is given: an
// error has a code, and a message is within the limits and survives Encode.
func checkFrames(t *testing.T, frames [][]byte, side Side) {
	d, m, err := Decode(frames, side)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Code == 0 || e.Text == "" || m != nil {
			t.Fatalf("message %v, error %#v", m, err)
		}
		return
	}
	checkLimits(t, m)
	again, err := Encode(nil, d, m)
	if err != nil {
		t.Fatalf("decoded %#v, and encode says: %v", m, err)
	}
	d2, m2, err := Decode(again, side)
	if err != nil || d2 != d || !reflect.DeepEqual(m, m2) {
		t.Fatalf("decoded\n%#v\nand then\n%#v, error %v", m, m2, err)
	}
}

// checkLimits tells whether a message is one that the rest of the program may
// take without looking.
func checkLimits(t *testing.T, m Message) {
	var err *Error
	switch m := m.(type) {
	case *Submit:
		err = CheckSpec(m.Spec)
	case *SubmitBatch:
		err = CheckBatch(m.Submits)
		for i := range m.Submits {
			checkLimits(t, &m.Submits[i])
		}
	case *Hello:
		err = CheckName("session", m.Session)
	case *Register:
		err = CheckName("worker", m.Name)
	}
	if err != nil {
		t.Fatalf("decoded %#v, which is refused: %v", m, err)
	}
	checkSizes(t, reflect.ValueOf(m).Elem())
}

func checkSizes(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			checkSizes(t, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			checkField(t, v.Type().Field(i).Name, v.Field(i))
			checkSizes(t, v.Field(i))
		}
	}
}

func checkField(t *testing.T, name string, v reflect.Value) {
	limits := map[string]int{
		"Name": MaxName, "Session": MaxName, "Worker": MaxName, "Service": MaxName, "By": MaxName, "CancelBy": MaxName,
		"Key": MaxKey, "Text": MaxText, "CancelText": MaxText, "Argv": MaxArgv,
		"Services": MaxServices, "Inventory": MaxInventory, "Tasks": MaxWait,
	}
	if limit, ok := limits[name]; ok && v.Len() > limit {
		t.Fatalf("%s has %d: at most %d are accepted", name, v.Len(), limit)
	}
}

// seed calls add with the frames of every vector of the dialect, "" for all.
func seed(f *testing.F, dialect string, add func(frames [][]byte, toPeer bool)) {
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("found %d files, error %v", len(files), err)
	}
	for _, file := range files {
		for _, v := range readVectors(f, file) {
			if dialect == "" || v.dialect == dialect {
				add(v.frames, v.to == "peer")
			}
		}
	}
}

// pack makes one argument for the fuzzer of frames, each after its length.
func pack(frames [][]byte) []byte {
	var out []byte
	for _, frame := range frames {
		out = append(out, byte(len(frame)>>8), byte(len(frame)))
		out = append(out, frame...)
	}
	return out
}

// unpack makes frames of whatever the fuzzer made of that.
func unpack(packed []byte) [][]byte {
	var frames [][]byte
	for len(packed) >= 2 {
		n := min(int(packed[0])<<8|int(packed[1]), len(packed)-2)
		frames = append(frames, packed[2:2+n])
		packed = packed[2+n:]
	}
	return frames
}
