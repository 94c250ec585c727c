package wire

import (
	"strings"

	"bcp/journal"
)

func decodeBCP1Client(frames [][]byte, side Side) (Message, *Error) {
	if side == ToPeer {
		return decodeBCP1Answer(frames)
	}
	return decodeBCP1Request(frames)
}

// decodeBCP1Request reads what a client says:
//
//	""  BCPC01  service  BCPE  job-id  [data]
func decodeBCP1Request(frames [][]byte) (Message, *Error) {
	if len(frames) < 4 {
		return nil, Errorf(CodeMalformed, "client's message has %d frames: empty, BCPC01, service, command and job id are expected", len(frames))
	}
	service, rest := frames[2], frames[4:]
	if err := checkService(service); err != nil {
		return nil, err
	}
	m, err := decodeBCPE(bcp1Byte(frames[3]), service, rest)
	if err != nil {
		err.Target = toWorker(string(service))
		return nil, err
	}
	return m, nil
}

func decodeBCPE(command byte, service []byte, rest [][]byte) (Message, *Error) {
	switch command {
	case bcp1Execute:
		return decodeExecute(service, rest)
	case bcp1Cancel:
		return decodeCancel(service, rest)
	case bcp1Shutdown:
		return nil, Errorf(CodeNotAllowed, "SCHEDULER_SHUTDOWN: a client may not shut a worker down")
	}
	return nil, Errorf(CodeUnsupported, "client's command is not EXECUTE (1), CANCEL (2) or SCHEDULER_SHUTDOWN (3)")
}

func decodeExecute(service []byte, rest [][]byte) (Message, *Error) {
	if len(rest) < 1 || len(rest) > 2 {
		return nil, Errorf(CodeMalformed, "EXECUTE has %d frames after the command: a job id and its data are expected", len(rest))
	}
	if err := checkJob(rest[0]); err != nil {
		return nil, err
	}
	key, name := bcp1Key(service, rest[0])
	m := &Submit{
		Spec:      &journal.Spec{Key: key, Target: toWorker(name), Tries: 1},
		WantStart: true,
	}
	if len(rest) == 2 && len(rest[1]) > 0 {
		m.Body = rest[1]
	}
	if len(m.Body) > MaxBody {
		err := Errorf(CodeTooLarge, "data has %d bytes: at most %d are accepted", len(m.Body), MaxBody)
		err.Key = key
		return nil, err
	}
	return m, nil
}

func decodeCancel(service []byte, rest [][]byte) (Message, *Error) {
	if len(rest) != 1 {
		return nil, Errorf(CodeMalformed, "CANCEL has %d frames after the command: a job id is expected", len(rest))
	}
	if err := checkJob(rest[0]); err != nil {
		return nil, err
	}
	key, name := bcp1Key(service, rest[0])
	return &Cancel{Key: key, Target: toWorker(name)}, nil
}

func encodeBCP1Client(frames [][]byte, m Message) ([][]byte, error) {
	switch m := m.(type) {
	case *Submit:
		return encodeExecute(frames, m)
	case *Cancel:
		return encodeBCPE(frames, bcp1Cancel, m.Key)
	case *Accepted:
		return encodeBCPP(frames, bcp1Received, m.Key)
	case *Started:
		return encodeBCPP(frames, bcp1Started, m.Key)
	case *Ended:
		return encodeEnded(frames, m)
	case *Refuse:
		return append(envelope(frames, m.Target.Name), frameByte[bcp1Error], []byte(refusalText(m))), nil
	}
	return nil, ErrUnsaid
}

// encodeExecute says only what BCP/1 knows of a submit: options are not sent.
func encodeExecute(frames [][]byte, m *Submit) ([][]byte, error) {
	if m.Spec == nil {
		return nil, ErrUnsaid
	}
	frames, err := encodeBCPE(frames, bcp1Execute, m.Spec.Key)
	if err == nil && len(m.Body) > 0 {
		frames = append(frames, m.Body)
	}
	return frames, err
}

func encodeBCPE(frames [][]byte, command byte, key string) ([][]byte, error) {
	service, job, ok := splitBCP1Key(key)
	if !ok {
		return nil, ErrUnsaid
	}
	return append(frames, frameEmpty, frameClient, []byte(service), frameByte[command], []byte(job)), nil
}

// encodeEnded tells a job's end. Of a failure it gives what the worker said,
// or else the error text.
func encodeEnded(frames [][]byte, m *Ended) ([][]byte, error) {
	word, more := byte(bcp1Failed), m.Result
	switch {
	case m.State == journal.Done:
		word = bcp1Done
	case m.State == journal.Canceled:
		word = bcp1Cancelled
	case len(more) == 0:
		more = []byte(m.failure())
	}
	frames, err := encodeBCPP(frames, word, m.Key)
	if err == nil && word != bcp1Cancelled {
		frames = append(frames, more)
	}
	return frames, err
}

// failure returns words for a failed end: the error's own or its reason, which
// says nothing new of an error of the job itself.
func (m *Ended) failure() string {
	if m.Text == "" && m.Reason != journal.ReasonError {
		return m.Reason.String()
	}
	return m.Text
}

// encodeBCPP makes the frames of a word about a job:
//
//	""  BCPC01  service  service  BCPP  job-id
func encodeBCPP(frames [][]byte, word byte, key string) ([][]byte, error) {
	service, job, ok := splitBCP1Key(key)
	if !ok {
		return nil, ErrUnsaid
	}
	return append(envelope(frames, service), frameByte[word], []byte(job)), nil
}

// envelope starts a message to a client. The service's name stands twice: BEAT's
// broker put it there once, and the worker at the head of its reply again.
func envelope(frames [][]byte, service string) [][]byte {
	name := []byte(service)
	return append(frames, frameEmpty, frameClient, name, name)
}

// refusalText is what ERROR tells. That a job is unknown is told in the words
// that BEAT's worker has for it.
func refusalText(m *Refuse) string {
	_, job, ok := splitBCP1Key(m.Key)
	switch {
	case ok && (m.Code == CodeUnknownTask || m.Code == CodeGone):
		return unknownJob + job
	case m.Code == 0:
		return m.Text
	case ok:
		return "Job " + job + " refused: " + m.Code.String() + ": " + m.Text
	}
	return m.Code.String() + ": " + m.Text
}

// decodeBCP1Answer reads what the broker tells a client.
func decodeBCP1Answer(frames [][]byte) (Message, *Error) {
	if len(frames) < 6 {
		return nil, Errorf(CodeMalformed, "answer has %d frames: at least 6 are expected", len(frames))
	}
	word, service, job, more := bcp1Byte(frames[4]), frames[3], frames[5], frames[6:]
	if word == bcp1Error && len(more) == 0 {
		return decodeError(service, string(job)), nil
	}
	if err := checkService(service); err != nil {
		return nil, err
	}
	if err := checkJob(job); err != nil {
		return nil, err
	}
	key, name := bcp1Key(service, job)
	return decodeBCPP(word, key, toWorker(name), more)
}

func decodeBCPP(word byte, key string, target journal.Target, more [][]byte) (Message, *Error) {
	switch word {
	case bcp1Received:
		return &Accepted{Key: key}, nil
	case bcp1Started:
		return &Started{Key: key, Worker: target.Name}, nil
	case bcp1Done:
		return &Ended{Key: key, Target: target, State: journal.Done, Reason: journal.ReasonFinished, Result: joined(more)}, nil
	case bcp1Failed, bcp1Error:
		result := joined(more)
		return &Ended{
			Key: key, Target: target, State: journal.Failed, Reason: journal.ReasonError,
			Text: printableText(result), Result: result,
		}, nil
	case bcp1Cancelled:
		return &Ended{Key: key, Target: target, State: journal.Canceled, Reason: journal.ReasonCanceled}, nil
	}
	return nil, Errorf(CodeUnsupported, "word about a job is not one of 1 to 6")
}

// decodeError reads an ERROR, which has no code but for one known text.
func decodeError(service []byte, text string) *Refuse {
	m := &Refuse{Text: text, Target: toWorker(string(service))}
	if job, ok := strings.CutPrefix(text, unknownJob); ok && checkJob([]byte(job)) == nil && checkService(service) == nil {
		m.Code = CodeUnknownTask
		m.Key, _ = bcp1Key(service, []byte(job))
	}
	return m
}
