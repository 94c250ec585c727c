package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"bcp/broker/wire"
)

// Decode reads a batch like dec.Decode, but task by task: only the JSON of one task is in
// memory at a time, an error says which task it is in, and no more tasks are kept than a batch
// may have.
func (b *Batch) Decode(dec *json.Decoder) error {
	dec.UseNumber() // in the place of a list, a number of any size is one
	r := batchReader{dec: dec}
	if err := r.batch(); err != nil {
		return err
	}
	b.Tasks = r.tasks
	return r.wrong
}

// batchReader reads on to the end when a task is wrong: JSON that is not JSON is told
// before that, and a client that still sends gets its answer.
type batchReader struct {
	dec   *json.Decoder
	tasks []Submission
	wrong error // the first, in JSON that is well formed
}

func (r *batchReader) batch() error {
	begin, err := r.dec.Token()
	if err != nil {
		return err
	}
	if begin == json.Delim('{') {
		err = r.fields()
	} else {
		err = r.refuse(begin, &json.UnmarshalTypeError{Type: reflect.TypeFor[Batch]()})
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *batchReader) fields() error {
	for r.dec.More() {
		name, err := r.dec.Token()
		if err != nil {
			return err
		}
		if err := r.field(name.(string)); err != nil {
			return err
		}
	}
	return r.end()
}

func (r *batchReader) field(name string) error {
	if !strings.EqualFold(name, "tasks") {
		r.note(fmt.Errorf("unknown field %q: tasks is accepted", name))
		return r.dec.Decode(&skipped{})
	}
	begin, err := r.dec.Token()
	if err != nil {
		return err
	}
	r.tasks = nil // the last list counts
	if begin == json.Delim('[') {
		return r.list()
	}
	return r.refuse(begin, &json.UnmarshalTypeError{Type: reflect.TypeFor[[]Submission](), Field: "tasks"})
}

func (r *batchReader) list() error {
	for r.dec.More() {
		if r.wrong == nil && len(r.tasks) == wire.MaxBatch {
			r.note(ErrorOf(wire.Errorf(wire.CodeBadOption, "more than %d tasks in the batch: 1 to %[1]d are accepted", wire.MaxBatch)))
		}
		if r.wrong == nil {
			r.task()
		} else if err := r.dec.Decode(&skipped{}); err != nil {
			return err
		}
	}
	return r.end()
}

// task reads one. JSON that is not JSON is an error of what is read next, too.
func (r *batchReader) task() {
	var t Submission
	if err := r.dec.Decode(&t); err != nil {
		r.note(ofTask(len(r.tasks), Errorf(CodeBadRequest, "%v", DecodeError(err, &t))))
		return
	}
	r.tasks = append(r.tasks, t)
}

// refuse notes that a value is of another kind than accepted, unless it is null, and skips it.
func (r *batchReader) refuse(begin json.Token, wrong *json.UnmarshalTypeError) error {
	switch begin := begin.(type) {
	case nil:
		return nil
	case json.Delim:
		wrong.Value = map[json.Delim]string{'{': "object", '[': "array"}[begin]
		r.note(wrong)
		return r.leave()
	case string:
		wrong.Value = "string"
	case bool:
		wrong.Value = "bool"
	default:
		wrong.Value = "number"
	}
	r.note(wrong)
	return nil
}

// leave skips the rest of an object or a list.
func (r *batchReader) leave() error {
	for depth := 1; depth > 0; {
		token, err := r.dec.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

// end reads the bracket at the end of an object or a list.
func (r *batchReader) end() error {
	_, err := r.dec.Token()
	return err
}

func (r *batchReader) note(err error) {
	if r.wrong == nil {
		r.wrong = err
	}
}

// skipped is a value that is of no interest.
type skipped struct{}

// UnmarshalJSON accepts any JSON and ignores it.
func (*skipped) UnmarshalJSON([]byte) error { return nil }
