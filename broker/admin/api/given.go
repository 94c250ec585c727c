package api

import (
	"encoding/json"
	"reflect"
)

// Given is a text that says who or which one is meant. In JSON it is not empty: a field
// whose text got lost must not mean what no such field means, which is often everybody.
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
