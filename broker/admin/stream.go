package admin

import (
	"bufio"
	"encoding/json"
	"net/http"

	"bcp/broker/admin/api"
)

// bufferSize is how much of a list is gathered before it is written.
const bufferSize = 32 << 10

// stream writes a list, in lines of api.Line.
type stream struct {
	w     http.ResponseWriter
	buf   *bufio.Writer
	enc   *json.Encoder
	flush bool // each item, for who watches
	items int
}

// newStream begins a list. Nothing is written before its first item, so that an
// error before it has a status of its own.
func newStream(w http.ResponseWriter) *stream {
	buf := bufio.NewWriterSize(w, bufferSize)
	return &stream{w: w, buf: buf, enc: json.NewEncoder(buf)}
}

// watched has each item written at once.
func (s *stream) watched() *stream {
	s.flush = true
	return s
}

// item adds an item. An error means that nobody reads any more.
func (s *stream) item(v any) error {
	s.begin()
	s.items++
	if err := s.enc.Encode(api.Line[any]{Item: &v}); err != nil {
		return err
	}
	if !s.flush {
		return nil
	}
	if err := s.buf.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}

// writeList answers with a list that is all there.
func writeList[T any](w http.ResponseWriter, items []T) error {
	s := newStream(w)
	for _, item := range items {
		if err := s.item(item); err != nil {
			return s.finish(api.End{}, err)
		}
	}
	return s.finish(api.End{}, nil)
}

// finish writes the last line: that the list is complete, or why it is not. An
// error that came before the first item is returned instead, to be answered.
func (s *stream) finish(end api.End, err error) error {
	if err != nil && s.items == 0 {
		return err
	}
	s.begin()
	end.Items = s.items
	last := api.Line[any]{End: &end}
	if err != nil {
		last = api.Line[any]{Error: api.ErrorOf(err)}
	}
	// Who doesn't read the last line knows by that that the list is incomplete.
	_ = s.enc.Encode(last)
	_ = s.buf.Flush()
	return nil
}

func (s *stream) begin() {
	if s.items == 0 {
		setHeaders(s.w, "application/jsonl")
	}
}
