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

// DecodeError returns an Error for JSON that could not be decoded into one of this package's
// types, to which into points. It says which field is wrong, and what is accepted there.
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
	where := optionsIn(into)
	switch {
	case !unknown:
		return errors.New(text)
	case where != "" && view.IsOption(strings.Trim(name, `"`)):
		return fmt.Errorf("%s, which is accepted in %s", text, where)
	}
	return fmt.Errorf("%s: %s accepted", text, acceptedFields(into))
}

// optionsIn names the field for options of what is read, "" if it has none.
func optionsIn(into any) string {
	if change, ok := into.(*Change); ok && change.Edit != nil {
		return "edit.options"
	}
	if slices.Contains(fields(reflect.TypeOf(into)), "options") {
		return "options"
	}
	return ""
}

// acceptedFields lists the fields of what is read.
func acceptedFields(into any) string {
	names := fields(reflect.TypeOf(into))
	switch len(names) {
	case 0:
		return "none is"
	case 1:
		return names[0] + " is"
	}
	return strings.Join(names, ", ") + " are"
}

// fields lists the fields that JSON of a type may have, each with those of the object that
// it is, but for one that says itself what is accepted.
func fields(t reflect.Type) (names []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		if inner := fields(f.Type); len(inner) > 0 {
			name += " (" + strings.Join(inner, ", ") + ")"
		}
		if !slices.Contains(names, name) { // that of an embedded struct may be covered
			names = append(names, name)
		}
	}
	return names
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
