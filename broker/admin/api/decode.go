package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"bcp/broker/view"
)

// DecodeError says what is wrong with JSON that could not be read into one of these
// types, which into points to: which field, and what is accepted there.
func DecodeError(err error, into any) error {
	var kind *json.UnmarshalTypeError
	var base64Error base64.CorruptInputError
	switch {
	case errors.As(err, &kind) && kind.Type == reflect.TypeFor[Given]():
		return fmt.Errorf("%s: it is empty: a text is accepted, or no such field", fieldName(kind))
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("JSON %s: %s is accepted", kind.Value, acceptedJSON(kind.Type))
	case errors.As(err, &kind):
		return fmt.Errorf("%s: JSON %s: %s is accepted", fieldName(kind), kind.Value, acceptedJSON(kind.Type))
	case errors.As(err, &base64Error):
		return fmt.Errorf("a body is accepted in base64, and byte %d is not", int64(base64Error))
	case errors.Is(err, io.EOF):
		return errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF), err.Error() == "unexpected end of JSON input":
		return errors.New("it is cut off")
	}
	text, ours := strings.CutPrefix(err.Error(), "json: ")
	if !ours {
		return err
	}
	name, unknown := strings.CutPrefix(text, "unknown field ")
	if where := optionsIn(into); where != "" && unknown && view.IsOption(strings.Trim(name, `"`)) {
		text += ", which is accepted in " + where
	}
	return errors.New(text)
}

// optionsIn names the field for options of what is read, "" if it has none.
func optionsIn(into any) string {
	switch into := into.(type) {
	case *Submission:
		return "options"
	case *Change:
		if into.Edit != nil {
			return "edit.options"
		}
	}
	return ""
}

// fieldName returns the path of the field that an error is about, without the embedded
// structs, which have no names in JSON.
func fieldName(err *json.UnmarshalTypeError) string {
	parts := strings.Split(err.Field, ".")
	embedded := func(part string) bool { return part != strings.ToLower(part) }
	return strings.Join(slices.DeleteFunc(parts, embedded), ".")
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
