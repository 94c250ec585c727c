package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrHalf tells that JSON has half a character: an escape such as \ud800 without the second
// escape that belongs to it. Package encoding/json would replace it by another character, so
// that different texts would become the same.
var ErrHalf = errors.New(`it has half of a character, which is \ud800 to \udfff by itself`)

// ErrBytes tells that JSON has bytes that are not UTF-8. Package encoding/json would replace
// each by the same character.
var ErrBytes = errors.New("it is not UTF-8")

// errTwice tells that an object has a field twice: the last would count.
var errTwice = errors.New("it is given twice: once is accepted")

const (
	// depthMax is how deep JSON may be, as package encoding/json has it.
	depthMax = 10_000

	// fieldsMax is how many fields an object may have: far more than any that is accepted.
	fieldsMax = 1024
)

// Strict is a reader of JSON that checks what is read for faults that package encoding/json
// does not refuse, such as a field that is given twice. It keeps only names of fields in
// memory.
type Strict struct {
	r      io.Reader
	levels []level // objects and lists that are open, the outermost first
	wrong  error   // the first

	text    bool   // within a text
	naming  bool   // which is the name of a field
	name    []byte // of that, so far
	escaped bool   // behind a backslash
	hex     int    // digits of an escape that are to come
	unit    rune   // of those that came
	first   rune   // half a character, whose other half is to come; 0 for none
	begun   []byte // of a character whose other bytes are to come
}

// level is an object or a list.
type level struct {
	names map[string]bool // of the fields that came, nil for a list
	name  string          // of the last of them, as it was given
	place int             // in a list
	named bool            // of an object: what is read next is a value
}

// NewStrict returns a reader of what r reads.
func NewStrict(r io.Reader) *Strict { return &Strict{r: r} }

// Wrong returns the first fault in what was read so far, with the path of its field, or nil.
// It means something only if what was read is JSON.
func (s *Strict) Wrong() error { return s.wrong }

// Read implements io.Reader.
func (s *Strict) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for p = p[:n]; len(p) > 0 && s.wrong == nil; {
		p = p[s.next(p):]
	}
	return n, err
}

// next takes in what comes next, and returns how many bytes that was: in a text all up to what
// is special in it, as most of what is long.
func (s *Strict) next(p []byte) int {
	switch {
	case !s.text:
		s.between(p[0])
		return 1
	case s.naming || s.escaped || s.hex > 0 || s.first != 0 || isSpecial(p[0]):
		s.characters(p[:1])
		s.inText(p[0])
		return 1
	}
	n := bytes.IndexAny(p, special)
	if n < 0 {
		n = len(p)
	}
	s.characters(p[:n])
	return n
}

// special are the bytes of a text that are not characters of it.
const special = `"\`

func isSpecial(c byte) bool { return strings.IndexByte(special, c) >= 0 }

// characters looks at bytes of a text, which may end within a character.
func (s *Strict) characters(p []byte) {
	for len(s.begun) > 0 && len(p) > 0 {
		s.begun, p = append(s.begun, p[0]), p[1:]
		if utf8.FullRune(s.begun) {
			s.checkUTF8(s.begun)
			s.begun = s.begun[:0]
		}
	}
	whole := len(p)
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if !utf8.FullRune(p[len(p)-n:]) {
			whole = len(p) - n
		}
	}
	s.checkUTF8(p[:whole])
	s.begun = append(s.begun, p[whole:]...)
}

func (s *Strict) checkUTF8(p []byte) {
	if !utf8.Valid(p) {
		s.refuse(ErrBytes)
	}
}

// between takes in what is not in a text.
func (s *Strict) between(c byte) {
	switch c {
	case '{':
		s.enter(level{names: map[string]bool{}})
	case '[':
		s.enter(level{})
	case '}', ']':
		s.levels = s.levels[:max(len(s.levels)-1, 0)]
	}
	in := s.top()
	switch {
	case c == '"':
		s.text, s.naming, s.name = true, in != nil && in.names != nil && !in.named, s.name[:0]
		if s.naming {
			in.name = "(name)" // until it is known
		}
	case c == ',' && in != nil:
		in.named = false
		in.place++
	}
}

func (s *Strict) enter(l level) {
	if len(s.levels) == depthMax {
		s.wrong = fmt.Errorf("it has more than %d objects in each other", depthMax)
		return
	}
	s.levels = append(s.levels, l)
}

// top is the object or list that is read, nil for none.
func (s *Strict) top() *level {
	if len(s.levels) == 0 {
		return nil
	}
	return &s.levels[len(s.levels)-1]
}

// inText takes in what is in a text, or its end.
func (s *Strict) inText(c byte) {
	ends := c == '"' && !s.escaped
	if s.naming && !ends {
		s.name = append(s.name, c)
	}
	switch {
	case s.hex > 0:
		s.unit = s.unit<<4 | rune(strings.IndexByte("0123456789abcdef", c|0x20)) // a capital as a small one
		if s.hex--; s.hex == 0 {
			s.half(s.unit)
		}
	case s.escaped && c == 'u':
		s.escaped, s.hex, s.unit = false, 4, 0
	case !s.escaped && c == '\\':
		s.escaped = true
	default:
		s.escaped = false
		s.half(0)
	}
	if ends {
		s.end()
	}
}

// half takes in what an escape stands for, 0 for any other text.
func (s *Strict) half(unit rune) {
	switch {
	case s.first != 0 && utf16.DecodeRune(s.first, unit) != utf8.RuneError:
		s.first = 0
	case s.first != 0 || unit >= 0xdc00 && utf16.IsSurrogate(unit):
		s.refuse(ErrHalf)
	case utf16.IsSurrogate(unit):
		s.first = unit
	}
}

// end takes in the end of a text.
func (s *Strict) end() {
	s.text = false
	if !s.naming {
		return
	}
	in := s.top()
	in.named = true
	var name string
	if json.Unmarshal(fmt.Appendf(nil, `"%s"`, s.name), &name) != nil {
		return // it is no JSON
	}
	in.name = name
	if name = s.folded(name); in.names[name] {
		s.refuse(errTwice)
	} else if len(in.names) == fieldsMax {
		s.refuse(fmt.Errorf("there are more than %d fields beside it", fieldsMax))
	}
	in.names[name] = true
}

// folded is the same for all names that mean one field: of labels each is one of its own.
func (s *Strict) folded(name string) string {
	if n := len(s.levels); n > 1 && strings.EqualFold(s.levels[n-2].name, "labels") {
		return name
	}
	return strings.ToLower(strings.ToUpper(name))
}

// refuse notes what is wrong with what is read.
func (s *Strict) refuse(err error) {
	if s.wrong == nil {
		s.wrong = fmt.Errorf("%s: %w", s.path(), err)
	}
}

// path names what is read, as in tasks[3].options.tries.
func (s *Strict) path() string {
	var path strings.Builder
	for i := range s.levels {
		switch l := &s.levels[i]; {
		case l.names == nil:
			fmt.Fprintf(&path, "[%d]", l.place)
		case i > 0:
			fmt.Fprintf(&path, ".%s", l.name)
		default:
			path.WriteString(l.name)
		}
	}
	return path.String()
}
