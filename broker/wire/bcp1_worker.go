package wire

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The commands between a worker and the broker (BCPW).
const (
	bcp1Ready      = 0x01
	bcp1Request    = 0x02
	bcp1Reply      = 0x03
	bcp1Heartbeat  = 0x04
	bcp1Disconnect = 0x05
)

func decodeBCP1Worker(frames [][]byte, side Side) (Message, *Error) {
	if len(frames) < 3 {
		return nil, Errorf(CodeMalformed, "worker's message has %d frames: empty, BCPW01 and a command are expected", len(frames))
	}
	command, rest := bcp1Byte(frames[2]), frames[3:]
	switch {
	case command == bcp1Ready && side == ToBroker:
		return decodeReady(rest)
	case command == bcp1Reply && side == ToBroker:
		return decodeReply(rest)
	case command == bcp1Request && side == ToPeer:
		return decodeRequest(rest)
	case command == bcp1Heartbeat && len(rest) == 0:
		if side == ToPeer {
			return &Beat{}, nil
		}
		return &WorkerBeat{NoInventory: true}, nil
	case command == bcp1Disconnect && len(rest) == 0:
		return &Leave{}, nil
	}
	return nil, Errorf(CodeMalformed, "worker's command % x with %d frames after it is none of READY, REPLY, HEARTBEAT and DISCONNECT",
		frames[2][:min(len(frames[2]), 8)], len(rest))
}

// decodeReady reads READY. Its dialect says neither slots nor services: the
// broker has a default for the former, and the name is the only service.
func decodeReady(rest [][]byte) (Message, *Error) {
	if len(rest) != 1 {
		return nil, Errorf(CodeMalformed, "READY has %d frames: a service is expected", len(rest))
	}
	name := string(rest[0])
	if err := CheckName("service", name); err != nil {
		return nil, err
	}
	return &Register{Name: name, NoInventory: true}, nil
}

// decodeReply reads what a worker says of a job:
//
//	client  ""  service  BCPP  job-id  [more ...]
func decodeReply(rest [][]byte) (Message, *Error) {
	if len(rest) < 5 || len(rest[1]) != 0 {
		return nil, Errorf(CodeMalformed, "REPLY has %d frames: client, empty, service, word and job id are expected", len(rest))
	}
	word, job, more := bcp1Byte(rest[3]), rest[4], rest[5:]
	if word == bcp1Error && len(more) == 0 {
		return decodeWorkerError(job)
	}
	ref, ok := parseBCP1Ref(job)
	if !ok {
		return nil, Errorf(CodeMalformed, "REPLY for job %q, which is not the broker's", job[:min(len(job), 64)])
	}
	return decodeWord(word, ref, more)
}

func decodeWord(word byte, ref Ref, more [][]byte) (Message, *Error) {
	switch word {
	case bcp1Received: // a sign of life: that it arrived is no promise to start
		return &WorkerBeat{NoInventory: true}, nil
	case bcp1Started:
		return &Begun{ref}, nil
	case bcp1Done:
		return outcome(ref, VerdictDone, more), nil
	case bcp1Failed, bcp1Error: // BEAT tells a crash of the job as ERROR with its id
		return outcome(ref, VerdictFailed, more), nil
	case bcp1Cancelled:
		return &Outcome{Ref: ref, Verdict: VerdictStopped}, nil
	}
	return nil, Errorf(CodeMalformed, "REPLY's word is not one of 1 to 6")
}

// decodeWorkerError reads an ERROR without a job id. Only one text ends an
// attempt; what else a worker complains of shows that it lives.
func decodeWorkerError(text []byte) (Message, *Error) {
	if job, ok := bytes.CutPrefix(text, []byte(unknownJob)); ok {
		if ref, ok := parseBCP1Ref(job); ok {
			return &Outcome{Ref: ref, Verdict: VerdictUnknown}, nil
		}
	}
	if ref, ok := parseBCP1Ref(text); ok { // a crash without words
		return &Outcome{Ref: ref, Verdict: VerdictFailed}, nil
	}
	return &WorkerBeat{NoInventory: true}, nil
}

// outcome makes an attempt's end of what the worker says with it. One that is
// too large fails the attempt: a refusal would leave it without an end, for a
// BCP/1 worker says it once.
func outcome(ref Ref, v Verdict, more [][]byte) *Outcome {
	m := &Outcome{Ref: ref, Verdict: v, Payload: joined(more)}
	if n := len(m.Payload); n > MaxBody {
		err := Errorf(CodeTooLarge, "output has %d bytes: at most %d are accepted", n, MaxBody)
		return &Outcome{Ref: ref, Verdict: VerdictFailed, Text: err.Error()}
	}
	if v == VerdictFailed {
		m.Text = printableText(m.Payload)
	}
	return m
}

// joined makes one payload of the frames: BEAT sends a list of errors as so
// many frames. A single one is passed through uncopied.
func joined(frames [][]byte) []byte {
	var b []byte
	if len(frames) == 1 {
		b = frames[0]
	} else {
		b = bytes.Join(frames, []byte("\n"))
	}
	if len(b) == 0 {
		return nil
	}
	return b
}

// printableText returns what of a payload can be shown as an error's text:
// all of it or its start, or nothing when it isn't text.
func printableText(b []byte) string {
	text := cut(string(b[:min(len(b), MaxText+utf8.UTFMax)]), MaxText)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) {
		return ""
	}
	return text
}

func unprintable(r rune) bool {
	return !unicode.IsGraphic(r) && r != '\n' && r != '\r' && r != '\t'
}

// decodeRequest reads what the broker asks of a worker:
//
//	client  ""  BCPE  job-id  [data]
func decodeRequest(rest [][]byte) (Message, *Error) {
	if len(rest) < 4 || len(rest) > 5 || len(rest[1]) != 0 {
		return nil, Errorf(CodeMalformed, "REQUEST has %d frames: client, empty, command, job id and data are expected", len(rest))
	}
	ref, ok := parseBCP1Ref(rest[3])
	if !ok {
		return nil, Errorf(CodeMalformed, "REQUEST for job %q, which is not the broker's", rest[3][:min(len(rest[3]), 64)])
	}
	switch bcp1Byte(rest[2]) {
	case bcp1Execute:
		return &Dispatch{Ref: ref, Body: joined(rest[4:])}, nil
	case bcp1Cancel:
		return &Stop{Ref: ref}, nil
	}
	return nil, Errorf(CodeUnsupported, "REQUEST is not EXECUTE (1) or CANCEL (2)")
}

func encodeBCP1Worker(frames [][]byte, m Message) ([][]byte, error) {
	switch m := m.(type) {
	case *Register:
		return append(workerFrames(frames, bcp1Ready), []byte(m.Name)), nil
	case *Beat, *WorkerBeat:
		return workerFrames(frames, bcp1Heartbeat), nil
	case *Leave, *Refuse:
		return workerFrames(frames, bcp1Disconnect), nil
	case *Dispatch:
		// A BEAT worker dies of a missing data frame, so there always is one.
		return append(encodeRequest(frames, bcp1Execute, m.Ref), m.Body), nil
	case *Stop:
		return encodeRequest(frames, bcp1Cancel, m.Ref), nil
	case *Begun:
		return encodeReply(frames, bcp1Started, bcp1Ref(m.Ref)), nil
	case *Outcome:
		return encodeOutcome(frames, m)
	}
	return nil, ErrUnsaid
}

func workerFrames(frames [][]byte, command byte) [][]byte {
	return append(frames, frameEmpty, frameWorker, frameByte[command])
}

func encodeRequest(frames [][]byte, command byte, ref Ref) [][]byte {
	return append(workerFrames(frames, bcp1Request), frameBroker, frameEmpty, frameByte[command], bcp1Ref(ref))
}

// encodeReply leaves the service's name empty: a message doesn't know it, and
// the broker doesn't read it.
func encodeReply(frames [][]byte, word byte, job []byte) [][]byte {
	return append(workerFrames(frames, bcp1Reply), frameBroker, frameEmpty, frameEmpty, frameByte[word], job)
}

func encodeOutcome(frames [][]byte, m *Outcome) ([][]byte, error) {
	job := bcp1Ref(m.Ref)
	switch m.Verdict {
	case VerdictDone:
		return append(encodeReply(frames, bcp1Done, job), m.Payload), nil
	case VerdictFailed:
		more := m.Payload
		if len(more) == 0 {
			more = []byte(m.Text)
		}
		return append(encodeReply(frames, bcp1Failed, job), more), nil
	case VerdictStopped:
		return encodeReply(frames, bcp1Cancelled, job), nil
	case VerdictUnknown:
		return encodeReply(frames, bcp1Error, append([]byte(unknownJob), job...)), nil
	}
	return nil, ErrUnsaid
}
