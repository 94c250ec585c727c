package wire

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// TestSamples takes every sample through Encode and Decode. The broker uses the memory again
// that a head came in, and the decoder: its message keeps nothing of either.
func TestSamples(t *testing.T) {
	var r Decoder
	for _, group := range samples {
		for _, s := range group {
			t.Run(s.name, func(t *testing.T) { checkSample(t, &r, s) })
		}
	}
}

func checkSample(t *testing.T, r *Decoder, s sample) {
	frames, want := s.frames, s.want
	if want == nil {
		want = s.message
	}
	if frames == nil {
		var err error
		if frames, err = Encode(nil, s.dialect, s.message); err != nil {
			t.Fatalf("encode: %v", err)
		}
	}
	frames = append([][]byte{bytes.Clone(frames[0])}, frames[1:]...)
	d, got, err := r.Decode(frames, s.side)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	for i := range frames[0] {
		frames[0][i] ^= 0xff
	}
	if d != s.dialect || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v %+v\nwant %v %+v", d, got, s.dialect, want)
	}
}

func TestEncodeReusesFrames(t *testing.T) {
	dst := make([][]byte, 0, 8)
	for _, m := range []Message{&Begun{Ref{taskA, 1}}, &Outcome{Ref: Ref{taskA, 1}, Verdict: VerdictDone, Payload: []byte("x")}} {
		frames, err := Encode(dst, BCP2Worker, m)
		if err != nil {
			t.Fatal(err)
		}
		if &frames[:1][0] != &dst[:1][0] {
			t.Errorf("%T: frames are not in dst", m)
		}
	}
}

func TestUnsaid(t *testing.T) {
	for _, c := range []struct {
		dialect Dialect
		message Message
	}{
		{BCP2Client, &Dispatch{}},
		{BCP2Client, &Replay{}},
		{BCP2Worker, &Submit{}},
		{BCP2Worker, &Register{Name: "node-7", Slots: 1, NoInventory: true}},
		{BCP2Worker, &WorkerBeat{NoInventory: true}},
		{BCP1Client, &Welcome{}},
		{BCP1Client, &Status{}},
		{BCP1Client, &Progress{}},
		{BCP1Client, &Beat{}},
		{BCP1Client, &Leave{}},
		{BCP1Client, &Accepted{Key: "run/42"}},
		{BCP1Client, &Ended{Key: "bcp1/node-7"}},
		{BCP1Client, &Cancel{Key: "run/42"}},
		{BCP1Worker, &Welcome{}},
		{BCP1Worker, &OutcomeAck{}},
		{BCP1Worker, &Outcome{Ref: Ref{taskA, 1}, Verdict: VerdictReturned}},
		{Local, &Beat{}},
		{DialectNone, &Beat{}},
	} {
		frames, err := Encode(nil, c.dialect, c.message)
		if !errors.Is(err, ErrUnsaid) || frames != nil {
			t.Errorf("%T to %v: %d frames, error %v", c.message, c.dialect, len(frames), err)
		}
	}
}
