package wire

import (
	"slices"
	"testing"
)

// An encoder's memory is that of the message before: nothing of that may be left in the
// next one, whatever was said and in whatever dialect.
func TestEncoder(t *testing.T) {
	var e Encoder
	list := slices.Concat(samples...)
	for round := range 2 {
		for _, s := range list {
			if s.message == nil {
				continue // it can only be read
			}
			want, wantErr := Encode(nil, s.dialect, s.message)
			got, err := e.Encode(s.dialect, s.message)
			if (err == nil) != (wantErr == nil) || !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("round %d: %s: %q, %v, want %q, %v", round, s.name, got, err, want, wantErr)
			}
			e.Forget()
		}
		slices.Reverse(list)
	}
}

// No payload is held on to, also if the last message had none.
func TestEncoderForgets(t *testing.T) {
	var e Encoder
	for _, m := range []Message{&Outcome{Ref: Ref{Attempt: 1}, Verdict: VerdictDone, Payload: []byte("result")}, &Leave{}} {
		if _, err := e.Encode(BCP2Worker, m); err != nil {
			t.Fatal(err)
		}
	}
	e.Forget()
	if kept := e.frames[:cap(e.frames)]; slices.ContainsFunc(kept, func(f []byte) bool { return f != nil }) {
		t.Errorf("%q are kept", kept)
	}
}
