package journal

import (
	"errors"
	"reflect"
	"testing"
)

// A row of a setting gives back its record; a damaged one, or another's, is refused.
func TestSettingRow(t *testing.T) {
	r := Record{Kind: KindSetting, Time: 1_700_000_000_000, By: "me", Text: "why", Setting: &Setting{Name: "limit/key/db", Value: "running=3"}}
	row := AppendSetting([]byte("before"), &r)[len("before"):]
	if got, err := DecodeSetting("limit/key/db", row); err != nil || !reflect.DeepEqual(got, r) {
		t.Errorf("decoded: %+v, %v", got, err)
	}
	for i := range row {
		damaged := append([]byte{}, row...)
		damaged[i] ^= 1
		if _, err := DecodeSetting("limit/key/db", damaged); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d damaged: %v", i, err)
		}
	}
	if _, err := DecodeSetting("limit/key/another", row); !errors.Is(err, ErrCorrupt) {
		t.Errorf("row of another setting: %v", err)
	}
}

// A setting is of no task: in a task's row it is damage.
func TestSettingIsOfNoTask(t *testing.T) {
	r := Record{Kind: KindSetting, Setting: &Setting{Name: "a"}}
	task := Task{}
	if err := task.Apply(&r); !errors.Is(err, ErrRecord) {
		t.Errorf("applied to a task: %v", err)
	}
}
