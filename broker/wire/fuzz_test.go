package wire

import (
	"bytes"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"bcp/scripts/mutants"
)

// Each target feeds Decode with frames of one dialect, in both directions, so
// that the fuzzer spends its time behind the header. The seeds are the vectors. An
// input is a byte for the direction, and then the frames, each after its length.

func FuzzBCP2Client(f *testing.F) { fuzzBCP2(f, nameBCP2Client) }
func FuzzBCP2Worker(f *testing.F) { fuzzBCP2(f, nameBCP2Worker) }
func FuzzBCP1Client(f *testing.F) { fuzzBCP1(f, nameBCP1Client) }
func FuzzBCP1Worker(f *testing.F) { fuzzBCP1(f, nameBCP1Worker) }

// FuzzFrames feeds any frames at all.
func FuzzFrames(f *testing.F) {
	fuzzFrames(f, "", func(frames [][]byte) [][]byte { return frames }, func(frames [][]byte) [][]byte { return frames })
}

func fuzzBCP2(f *testing.F, name string) {
	fuzzFrames(f, name, func(frames [][]byte) [][]byte {
		return [][]byte{frames[0][len(name):], bytes.Join(frames[1:], nil)}
	}, func(rest [][]byte) [][]byte {
		if len(rest) == 0 {
			return [][]byte{[]byte(name)}
		}
		frames := [][]byte{append([]byte(name), rest[0]...)}
		if len(rest) > 1 && len(rest[1]) > 0 {
			frames = append(frames, rest[1])
		}
		return frames
	})
}

func fuzzBCP1(f *testing.F, name string) {
	fuzzFrames(f, name, func(frames [][]byte) [][]byte { return frames[2:] }, func(rest [][]byte) [][]byte {
		return append([][]byte{{}, []byte(name)}, rest...)
	})
}

// fuzzFrames feeds frames, of which without takes what all messages of the dialect
// begin with, and with puts it there again.
func fuzzFrames(f *testing.F, dialect string, without, with func([][]byte) [][]byte) {
	var seeds [][]byte
	seed(f, dialect, func(frames [][]byte, toPeer bool) {
		direction := byte(0)
		if toPeer {
			direction = 1
		}
		seeds = append(seeds, append([]byte{direction}, pack(without(frames))...))
	})
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		side := ToBroker
		if len(input) > 0 && input[0]&1 == 1 {
			side = ToPeer
		}
		checkFrames(t, with(unpack(input[min(1, len(input)):])), side)
	})
}

// FuzzBatchPlace reads any text as a refusal that names a task of a batch.
func FuzzBatchPlace(f *testing.F) {
	mutants.Fuzz(f, mutants.Texts("SUBMIT-BATCH: task 3: no", "task 1: ", "task 0: x", "task : x", ""), func(t testing.TB, input []byte) {
		i, what, ok := BatchPlace(string(input))
		if i < 0 || !ok && i != 0 || !bytes.HasSuffix(input, []byte(what)) {
			t.Errorf("%q is %d, %q, %v", input, i, what, ok)
		}
	})
}

// checkFrames tells whether Decode keeps its word, whatever it is given: an
// error has a code, and a message is within the limits and survives Encode.
func checkFrames(t testing.TB, frames [][]byte, side Side) {
	d, m, err := Decode(frames, side)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Code == 0 || e.Text == "" || m != nil {
			t.Fatalf("message %v, error %#v", m, err)
		}
		return
	}
	checkLimits(t, m)
	if isOlder(m) {
		return // nobody writes it any more
	}
	again, err := Encode(nil, d, m)
	if err != nil {
		t.Fatalf("decoded %#v, and encode says: %v", m, err)
	}
	d2, m2, err := Decode(again, side)
	if err != nil || d2 != d || !reflect.DeepEqual(m, m2) {
		t.Fatalf("decoded\n%#v\nand then\n%#v, error %v", m, m2, err)
	}
}

// isOlder tells whether a message has a submit that is read for its key's sake alone: see
// CheckHeeded.
func isOlder(m Message) bool {
	switch m := m.(type) {
	case *Submit:
		return CheckSpec(m.Spec) != nil
	case *SubmitBatch:
		return slices.ContainsFunc(m.Submits, func(s Submit) bool { return CheckSpec(s.Spec) != nil })
	}
	return false
}

// checkLimits tells whether a message is one that the rest of the program may
// take without looking, but for what a submit's key may excuse.
func checkLimits(t testing.TB, m Message) {
	var err *Error
	switch m := m.(type) {
	case *Submit:
		err = CheckHeeded(m.Spec)
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

func checkSizes(t testing.TB, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			checkSizes(t, v.Elem())
		}
	case reflect.Struct:
		for i, limit := range limitsOf(v.Type()) {
			if limit > 0 && v.Field(i).Len() > limit {
				t.Fatalf("%s has %d: at most %d are accepted", v.Type().Field(i).Name, v.Field(i).Len(), limit)
			}
			checkSizes(t, v.Field(i))
		}
	}
}

// fieldLimits are the most bytes or entries that fields of these names may have.
var fieldLimits = map[string]int{
	"Name": MaxName, "Session": MaxName, "Worker": MaxName, "Service": MaxName, "By": MaxName, "CancelBy": MaxName,
	"Key": MaxKey, "Text": MaxText, "CancelText": MaxText, "Argv": MaxArgv,
	"Services": MaxServices, "Inventory": MaxInventory, "Tasks": MaxWait,
}

// typeLimits are those of each field of a type, 0 for none: to ask for the names each
// time takes longer than to decode.
var typeLimits = map[reflect.Type][]int{}

func limitsOf(structure reflect.Type) []int {
	limits, known := typeLimits[structure]
	if !known {
		for i := range structure.NumField() {
			limits = append(limits, fieldLimits[structure.Field(i).Name])
		}
		typeLimits[structure] = limits
	}
	return limits
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
