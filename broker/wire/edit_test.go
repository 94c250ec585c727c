package wire

import (
	"reflect"
	"testing"

	"bcp/journal"
)

// Every option can be changed to what it is when it is left out.
func TestEditLeavesOut(t *testing.T) {
	for i := range journal.Options {
		o := &journal.Options[i]
		m := &Edit{Req: 1, Key: "k", Options: []uint8{o.Number}, Spec: newSpec()}
		frames, err := Encode(nil, BCP2Client, m)
		if err != nil {
			t.Fatalf("%s: %v", o.Name, err)
		}
		_, again, err := Decode(frames, ToBroker)
		if err != nil {
			t.Errorf("%s: %v", o.Name, err)
			continue
		}
		got := again.(*Edit)
		if !reflect.DeepEqual(got.Options, m.Options) || o.IsSet(got.Spec) || o.Check(got.Spec) != nil {
			t.Errorf("%s: %+v, %+v", o.Name, got, got.Spec)
		}
	}
}
