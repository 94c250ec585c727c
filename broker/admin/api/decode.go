package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// DecodeError says what is wrong with JSON that could not be read into one of these
// types: which field, and what is accepted there.
func DecodeError(err error) error {
	var kind *json.UnmarshalTypeError
	var base64Error base64.CorruptInputError
	switch {
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("JSON %s: %s is accepted", kind.Value, acceptedJSON(kind.Type))
	case errors.As(err, &kind):
		return fmt.Errorf("%s: JSON %s: %s is accepted", kind.Field, kind.Value, acceptedJSON(kind.Type))
	case errors.As(err, &base64Error):
		return fmt.Errorf("a body is accepted in base64, and byte %d is not", int64(base64Error))
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// acceptedJSON says what of JSON becomes a value of a type.
func acceptedJSON(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[[]byte]():
		return "a text in base64"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return "an object"
	}
	return "a whole number"
}
