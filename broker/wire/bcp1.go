package wire

import (
	"strconv"
	"strings"

	"bcp/journal"
	"github.com/oklog/ulid/v2"
)

// BCP/1 is what beat.core's peers speak. Its messages are an empty frame, the
// dialect's name, and one frame for each field; PROTOCOL.md lists them.
//
// Two names stand in the place of its job id. Toward a client it is the id that
// the client chose, which is part of the task's key. Toward a worker it is the
// broker's own, of the task and the attempt, so that a late word about an
// earlier attempt is known as such.

// keyBCP1 starts the key of a task that a BCP/1 client submitted.
const keyBCP1 = "bcp1/"

// The command of a client to a worker (BCPE).
const (
	bcp1Execute  = 0x01
	bcp1Cancel   = 0x02
	bcp1Shutdown = 0x03
)

// The word of a worker to a client (BCPP).
const (
	bcp1Received  = 0x01
	bcp1Started   = 0x02
	bcp1Done      = 0x03
	bcp1Failed    = 0x04
	bcp1Cancelled = 0x05
	bcp1Error     = 0x06
)

// unknownJob starts the text of the ERROR that answers a word about a job that
// is not there. BEAT's peers compare it.
const unknownJob = "Unknown job: "

// Frames that never change, made once.
var (
	frameEmpty  = []byte{}
	frameClient = []byte(nameBCP1Client)
	frameWorker = []byte(nameBCP1Worker)
	frameByte   = [...][]byte{nil, {0x01}, {0x02}, {0x03}, {0x04}, {0x05}, {0x06}}

	// frameBroker stands where a worker expects the client's address. The
	// broker knows a reply by its job id and never reads this frame.
	frameBroker = []byte("bcp")
)

// bcp1Byte reads a frame that is one command byte, 0 if it isn't.
func bcp1Byte(frame []byte) byte {
	if len(frame) != 1 {
		return 0
	}
	return frame[0]
}

// bcp1Key returns the key of a client's job, and the worker's name as the part
// of it that it is.
func bcp1Key(service, job []byte) (key, name string) {
	key = keyBCP1 + string(service) + "/" + string(job)
	return key, key[len(keyBCP1) : len(keyBCP1)+len(service)]
}

// splitBCP1Key returns the worker's name and the client's job id in a key, false
// if it isn't a BCP/1 client's. No worker that a BCP/1 client can name has a
// slash in its name, so the first one ends it.
func splitBCP1Key(key string) (service, job string, ok bool) {
	rest, ok := strings.CutPrefix(key, keyBCP1)
	if !ok {
		return "", "", false
	}
	service, job, ok = strings.Cut(rest, "/")
	return service, job, ok && service != "" && job != ""
}

// bcp1Ref returns an attempt's job id toward a worker, such as
// 01J8ZQ5W3N4M5P6Q7R8S9T0V1W-2.
func bcp1Ref(r Ref) []byte {
	b := make([]byte, 0, ulid.EncodedSize+len("-4294967295"))
	b = append(b, r.Task.String()...)
	b = append(b, '-')
	return strconv.AppendUint(b, uint64(r.Attempt), 10)
}

// parseBCP1Ref reads such a job id. Only the spelling that bcp1Ref gives is one: what can't be
// read at all is spelled in another way, too.
func parseBCP1Ref(b []byte) (Ref, bool) {
	if len(b) <= ulid.EncodedSize {
		return Ref{}, false
	}
	id, _ := ulid.ParseStrict(string(b[:ulid.EncodedSize]))
	n, _ := strconv.ParseUint(string(b[ulid.EncodedSize+1:]), 10, 32)
	r := Ref{Task: id, Attempt: uint32(n)}
	return r, n > 0 && string(bcp1Ref(r)) == string(b)
}

// checkService tells whether a frame can name the worker that a client's job is for.
func checkService(frame []byte) *Error {
	if err := CheckName("service", string(frame)); err != nil {
		return err
	}
	if strings.Contains(string(frame), "/") {
		return Errorf(CodeBadName, "service %q: a BCP/1 client cannot name a worker with a slash in its name", frame)
	}
	return nil
}

// checkJob tells whether a frame can be a client's job id.
func checkJob(frame []byte) *Error {
	if len(frame) < 1 || len(frame) > MaxJobID {
		return Errorf(CodeMalformed, "job id has %d bytes: 1 to %d are accepted", len(frame), MaxJobID)
	}
	return nil
}

// toWorker returns the target of a task that names its worker.
func toWorker(name string) journal.Target {
	return journal.Target{Kind: journal.ToWorker, Name: name}
}
