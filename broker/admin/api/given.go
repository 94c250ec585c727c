package api

import (
	"encoding/json"
	"reflect"
)

// Given is a text that says who or which one is meant. In JSON it must not be empty. A field
// that is left out often means everybody, and a field whose text got lost must not.
type Given string

// UnmarshalJSON refuses an empty text; see DecodeError.
func (g *Given) UnmarshalJSON(text []byte) error {
	var s *string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if s == nil { // null is no value
		return nil
	}
	if *s == "" {
		return &json.UnmarshalTypeError{Value: `""`, Type: reflect.TypeFor[Given]()}
	}
	*g = Given(*s)
	return nil
}
