package wire

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"bcp/scripts/mutants"
)

// bundled returns all samples of a dialect that have room in a bundle, and their bundle.
func bundled(t *testing.T, d Dialect) (messages [][][]byte, frame []byte) {
	t.Helper()
	var b Bundle
	for _, group := range samples {
		for _, s := range group {
			if s.dialect != d || s.message == nil {
				continue
			}
			frames, err := Encode(nil, d, s.message)
			if err == nil && b.Add(frames) {
				messages = append(messages, frames)
			}
		}
	}
	if len(messages) < 5 {
		t.Fatalf("only %d messages are in the bundle", len(messages))
	}
	return messages, b.Frame()
}

func TestBundleKeepsItsMessages(t *testing.T) {
	for _, d := range []Dialect{BCP2Client, BCP2Worker} {
		want, frame := bundled(t, d)
		if got, ok := IsBundle([][]byte{frame}); !ok || got != d {
			t.Fatalf("IsBundle: %v, %v", got, ok)
		}
		var got [][][]byte
		if err := Unbundle([][]byte{frame}, func(frames [][]byte) { got = append(got, slices.Clone(frames)) }); err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got, want, func(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }) {
			t.Errorf("%v: %d messages came out of %d", d, len(got), len(want))
		}
	}
}

func TestEmptyBundle(t *testing.T) {
	for _, d := range []Dialect{BCP2Client, BCP2Worker} {
		frames := [][]byte{EmptyBundle(d)}
		if got, ok := IsBundle(frames); !ok || got != d {
			t.Errorf("IsBundle: %v, %v, want %v", got, ok, d)
		}
		if err := Unbundle(frames, func([][]byte) { t.Error("a message came out") }); err != nil {
			t.Error(err)
		}
	}
}

func TestPayloadDoesNotKeepItsBundle(t *testing.T) {
	var b Bundle
	b.Add([][]byte{[]byte("BCPC02\x11..."), []byte("body")})
	frame := b.Frame()
	err := Unbundle([][]byte{frame}, func(frames [][]byte) {
		clear(frame)
		if string(frames[1]) != "body" {
			t.Errorf("the payload changed to %q with its bundle", frames[1])
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// A bundle is made much smaller than it may be, and what is larger goes alone.
func TestBundleHasLittleRoom(t *testing.T) {
	var b Bundle
	large := [][]byte{[]byte("BCPC02\x11..."), make([]byte, bundleSize)}
	if b.Add(large) || !b.Empty() {
		t.Error("a message of the size of a bundle was added")
	}
	small := [][]byte{[]byte("BCPC02\x15................")}
	count := 0
	for b.Add(small) {
		count++
	}
	if count < 100 || len(b.Frame()) > bundleSize || b.Add(small) {
		t.Errorf("%d messages, %d bytes", count, len(b.Frame()))
	}
	if b.Reset(); !b.Empty() || !b.Add(small) {
		t.Error("no room after Reset")
	}
}

// Cut anywhere but behind a message, a bundle is refused, and nothing in it is said.
func TestDamagedBundles(t *testing.T) {
	messages, frame := bundled(t, BCP2Client)
	whole := map[int]bool{headSize: true}
	end := headSize
	for _, frames := range messages {
		end += 2 * partSize
		for _, f := range frames {
			end += len(f)
		}
		whole[end] = true
	}
	for n := headSize; n < len(frame); n++ {
		said := false
		err := Unbundle([][]byte{frame[:n]}, func([][]byte) { said = true })
		if whole[n] != (err == nil) || err != nil && (said || err.Code != CodeMalformed) {
			t.Fatalf("cut after %d bytes: %v, said: %v", n, err, said)
		}
	}
	tooLong := append(EmptyBundle(BCP2Client), make([]byte, MaxBundle)...)
	if err := Unbundle([][]byte{tooLong}, func([][]byte) {}); err == nil || err.Code != CodeTooLarge {
		t.Errorf("too long: %v", err)
	}
	if err := Unbundle([][]byte{frame, nil}, func([][]byte) {}); err == nil || err.Code != CodeMalformed {
		t.Errorf("two frames: %v", err)
	}
}

func TestNoBundle(t *testing.T) {
	for _, frames := range [][][]byte{nil, {nil}, {[]byte("BCPC02")}, {[]byte("BCPC03\x05")}, {[]byte("BCPC02\x04")}, {nil, []byte("BCPC01"), {5}}} {
		if d, ok := IsBundle(frames); ok {
			t.Errorf("%q is a bundle of %v", frames, d)
		}
	}
}

// A bundle in a bundle is a message that nobody may say.
func TestBundleIsNoMessage(t *testing.T) {
	_, _, err := Decode([][]byte{EmptyBundle(BCP2Client)}, ToBroker)
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != CodeUnsupported || !strings.Contains(refused.Text, "a BUNDLE in a BUNDLE") {
		t.Errorf("got %v", err)
	}
}

// FuzzUnbundle feeds what stands behind a bundle's head: what comes out is what went
// in, down to the byte, or nothing does.
func FuzzUnbundle(f *testing.F) {
	var b Bundle
	for _, m := range []Message{&Beat{}, &EndedAck{}, &Submit{Spec: newSpec(), Body: []byte("body")}} {
		if frames, err := Encode(nil, BCP2Client, m); err == nil {
			b.Add(frames)
		}
	}
	mutants.Fuzz(f, [][]byte{b.Frame()[headSize:], {}}, func(t testing.TB, rest []byte) {
		frame := append(EmptyBundle(BCP2Client), rest...)
		again := EmptyBundle(BCP2Client)
		err := Unbundle([][]byte{frame}, func(frames [][]byte) {
			again = appendPart(again, frames[0])
			again = appendPart(again, bytes.Join(frames[1:], nil))
		})
		if err == nil && !bytes.Equal(again, frame) || err != nil && (err.Code == 0 || len(again) > headSize) {
			t.Fatalf("error %v, made again:\n%q\nof\n%q", err, again, frame)
		}
	})
}
