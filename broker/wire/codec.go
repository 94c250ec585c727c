package wire

import (
	"errors"
	"unicode/utf8"
)

// Side says which way a message goes.
type Side uint8

const (
	ToBroker Side = 0 // from a client or worker to the broker
	ToPeer   Side = 1 // from the broker to a client or worker
)

// ErrUnsaid tells that the dialect has nothing that corresponds to the message, such as an
// OutcomeAck to a BCP/1 worker. Nothing is to be sent then, and nothing is wrong.
var ErrUnsaid = errors.New("the dialect cannot say this message")

// The dialects' names, as the header frame spells them.
const (
	nameBCP2Client = "BCPC02"
	nameBCP2Worker = "BCPW02"
	nameBCP1Client = "BCPC01"
	nameBCP1Worker = "BCPW01"
)

// String returns the dialect's name as operators see it.
func (d Dialect) String() string {
	switch d {
	case BCP2Client, BCP2Worker:
		return "BCP/2"
	case BCP1Client, BCP1Worker:
		return "BCP/1"
	case Local:
		return "local"
	}
	return "none"
}

// Decode reads a message from its frames, without the routing id. Side says which way the
// message goes. Payloads point into the frames; of the first frame the message keeps nothing.
//
// The error is an *Error, with a code for the peer. Decode returns the dialect with it if the
// header names one. Otherwise the dialect is DialectNone, and the peer cannot be answered,
// because nobody knows what it speaks.
func Decode(frames [][]byte, side Side) (Dialect, Message, error) {
	return new(Decoder).Decode(frames, side)
}

// Decoder decodes one message after another, and uses the same memory for each. The zero value
// is ready for use.
type Decoder struct{ coder coder }

// Decode is like the function Decode.
func (r *Decoder) Decode(frames [][]byte, side Side) (Dialect, Message, error) {
	if len(frames) == 0 {
		return DialectNone, nil, Errorf(CodeMalformed, "message without frames")
	}
	d := dialectOf(frames)
	m, err := r.decode(d, frames, side)
	if err != nil {
		return d, nil, err
	}
	return d, m, nil
}

// decode is Decode behind the dialect's name. Its error is typed, so that no
// nil pointer becomes an error that is not nil.
func (r *Decoder) decode(d Dialect, frames [][]byte, side Side) (Message, *Error) {
	if len(frames) > MaxFrames {
		return nil, Errorf(CodeMalformed, "message has %d frames: at most %d are accepted", len(frames), MaxFrames)
	}
	switch d {
	case BCP2Client, BCP2Worker:
		return r.coder.decode(d, frames, side)
	case BCP1Client:
		return decodeBCP1Client(frames, side)
	case BCP1Worker:
		return decodeBCP1Worker(frames, side)
	}
	return nil, Errorf(CodeUnsupported, "header %q names no dialect: BCPC02, BCPW02, BCPC01 and BCPW01 are served",
		header(frames))
}

// Encode returns the frames of a message, without the routing id, appended to dst[:0]. The
// payload is not copied, and other frames may be shared between messages: do not change them.
//
// The error is ErrUnsaid for a message that the dialect does not have, and in BCP/2 an *Error
// for one that Decode would refuse. Texts that are too long are cut.
func Encode(dst [][]byte, d Dialect, m Message) ([][]byte, error) {
	return new(Encoder).encode(dst[:0], d, m)
}

func (e *Encoder) encode(dst [][]byte, d Dialect, m Message) ([][]byte, error) {
	switch d {
	case BCP2Client, BCP2Worker:
		return e.coder.encode(dst, d, m)
	case BCP1Client:
		return encodeBCP1Client(dst, m)
	case BCP1Worker:
		return encodeBCP1Worker(dst, m)
	}
	return nil, ErrUnsaid
}

// Encoder encodes one message after another, and uses the same memory for each. The zero value
// is ready for use.
type Encoder struct {
	frames [][]byte
	coder  coder // whose buffer is that of the last head
}

// encoderHeadMax bounds what an encoder keeps for the next head: a large one is rare.
const encoderHeadMax = 4 << 10

// Encode is like the function Encode. The frames are valid until the next call, or Forget.
func (e *Encoder) Encode(d Dialect, m Message) ([][]byte, error) {
	frames, err := e.encode(e.frames[:0], d, m)
	if cap(e.coder.buf) > encoderHeadMax {
		e.coder.buf = nil
	}
	if err == nil {
		e.frames = frames
	}
	return frames, err
}

// Forget drops the references to the payloads of all messages so far, so that their memory can
// be freed.
func (e *Encoder) Forget() { clear(e.frames[:cap(e.frames)]) }

// dialectOf reads the dialect's name: at the start of the first frame, or as
// the second frame after an empty one.
func dialectOf(frames [][]byte) Dialect {
	first := frames[0]
	if len(first) > 0 {
		switch string(first[:min(len(first), dialectSize)]) {
		case nameBCP2Client:
			return BCP2Client
		case nameBCP2Worker:
			return BCP2Worker
		}
		return DialectNone
	}
	switch string(header(frames)) {
	case nameBCP1Client:
		return BCP1Client
	case nameBCP1Worker:
		return BCP1Worker
	}
	return DialectNone
}

// header returns the part of the frames that should name the dialect, cut to
// what is worth showing.
func header(frames [][]byte) []byte {
	h := frames[0]
	if len(h) == 0 && len(frames) > 1 {
		h = frames[1]
	}
	return h[:min(len(h), 32)]
}

// cut shortens a text to at most limit bytes, between two characters.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > limit-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
