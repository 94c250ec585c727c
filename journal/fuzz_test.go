package journal

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"bcp/scripts/mutants"
)

// FuzzOpen opens any content, sealed so that it gets past the checksum and as it is,
// as each sort of thing that an engine keeps beside rows. It never panics, and
// damage is told as such.
func FuzzOpen(f *testing.F) {
	stone := Tombstone{Task: testID, State: Done, Key: "key", EndedMS: 1}
	setting := AppendSetting(nil, &Record{Kind: KindSetting, Setting: &Setting{Name: "limit/service/s", Value: "running=1"}})
	checkpoint := AppendCheckpoint(nil, &Record{Task: testID, Kind: KindCheckpoint, Attempt: 1, Seq: 1, Payload: []byte("state")})
	var seeds [][]byte
	for _, b := range [][]byte{
		stone.Append(nil), setting, checkpoint, AppendKey(nil, []byte("key"), testID),
		AppendBlob(nil, testID, []byte("body")), appendRef(nil, testID, Blob{ID: testID, Size: 1}), nil,
	} {
		seeds = append(seeds, b, b[min(len(b), sealBytes):])
	}
	mutants.Fuzz(f, seeds, func(t testing.TB, content []byte) {
		checkOpen(t, content)
		checkOpen(t, sealed(content))
	})
}

// checkOpen opens what an engine may have returned.
func checkOpen(t testing.TB, b []byte) {
	stone, err := OpenTombstone(testID, b)
	checkDamage(t, err)
	if err == nil && !bytes.Equal(stone.Append(nil), b) {
		t.Errorf("tombstone %+v", stone)
	}
	_, err = DecodeSetting("limit/service/s", b)
	checkDamage(t, err)
	_, err = OpenCheckpoint(testID, b)
	checkDamage(t, err)
	_, err = OpenKey([]byte("key"), b)
	checkDamage(t, err)
	_, _, err = OpenPayload(testID, b)
	checkDamage(t, err)
	_, err = OpenBlob(testID, b)
	checkDamage(t, err)
}

func checkDamage(t testing.TB, err error) {
	if err != nil && !errors.Is(err, ErrCorrupt) {
		t.Errorf("damage is told as %v", err)
	}
}

// FuzzWords reads any text as each thing that people write of a task: what is
// accepted is written in a way that reads the same.
func FuzzWords(f *testing.F) {
	seeds := mutants.Texts(
		"0-99,120", "100", "2.5", "0.001", "service/hash", "key/a=1", "01KG9MA8G00000000000R00003:any", "7d", "2h30m", "running=10 rate=2.5 burst=3", "burst=1", "a=3", "error,timeout", "",
	)
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		s := string(input)
		checkWord(t, s, ParseIndexes, Indexes.String)
		checkWord(t, s, ParseRate, Rate.String)
		checkWord(t, s, ParseDependency, Dependency.String)
		if ms, err := ParseDuration(s); err == nil && (ms < 0 || ms > MaxTimeoutMS) {
			t.Errorf("%q is %d ms", s, ms)
		}
		if scope, name, err := ParseLimitID(s); err == nil {
			if l := (Limit{Scope: scope, Name: name}); l.ID() != s {
				t.Errorf("%q is %s", s, l.ID())
			}
		}
		if l, ok, err := ParseLimit(&Setting{Name: "limit/service/s", Value: s}); err == nil && ok {
			again, _, err := ParseLimit(&Setting{Name: l.SettingName(), Value: l.Value()})
			if err != nil || again != l {
				t.Errorf("%q is %+v and then %+v, %v", s, l, again, err)
			}
		}
		for i := range Options {
			spec := &Spec{}
			if o := &Options[i]; o.Parse(spec, s) == nil && o.IsNumber() {
				if again := (&Spec{}); o.Parse(again, o.Format(spec)) != nil || !reflect.DeepEqual(again, spec) {
					t.Errorf("%s %q is written as %q", o.Name, s, o.Format(spec))
				}
			}
		}
	})
}

func checkWord[T any](t testing.TB, s string, parse func(string) (T, error), format func(T) string) {
	v, err := parse(s)
	if err != nil {
		return
	}
	if again, err := parse(format(v)); err != nil || !reflect.DeepEqual(again, v) {
		t.Errorf("%q is %v, which is written as %q and read as %v, %v", s, v, format(v), again, err)
	}
}
