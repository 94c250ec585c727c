package api

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"testing"

	"bcp/scripts/mutants"
)

// FuzzList reads any query of a list: what is accepted is written in a way that reads
// the same.
func FuzzList(f *testing.F) {
	seeds := mutants.Texts(
		"filter=state%3Dpending&limit=3&sort=-state", "state=failed&state=done&worker=w&since=2026-01-31T12:00:00Z&before=2h&held=true", "label=a%3Db&cursor=x&array=01&all=1", "",
	)
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		values, err := url.ParseQuery(string(input))
		if err != nil {
			return
		}
		l, err := ParseList(values)
		if err != nil {
			return
		}
		again, err := ParseList(l.Values())
		if err != nil || !reflect.DeepEqual(again.Values(), l.Values()) {
			t.Errorf("%q is %+v, and then %+v, %v", input, l, again, err)
		}
	})
}

// FuzzExportLine reads any line of an export: what it makes of it is written as a line
// that says the same.
func FuzzExportLine(f *testing.F) {
	seeds := mutants.Texts(
		`{"bcp_export":1,"broker":"00112233445566778899aabbccddeeff"}`, `{"setting":"limit/service/s","value":"running=1","row_base64":"AAAA"}`,
		`{"tombstone":{"task":"01KG9MA8G00000000000R00003","key":"k","state":"done","ended_at":"2026-01-31T12:00:00Z","forgotten_at":"2026-01-31T12:00:00Z"},"row_base64":"AAAA"}`,
		`{"task":{"id":"01KG9MA8G00000000000R00003","state":"pending"},"row_base64":"AAAA","body_base64":"aGk="}`, `{"end":{}}`,
	)
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		var l ExportLine
		if json.Unmarshal(input, &l) != nil {
			return
		}
		_, _ = l.BrokerID()
		item, err := l.Item()
		if err != nil {
			return
		}
		line := NewExportLine(item)
		again, err := line.Item()
		if err != nil || !reflect.DeepEqual(again, item) {
			t.Errorf("%q is %+v, and then %+v, %v", input, item, again, err)
		}
	})
}

// FuzzBatch reads any batch one task after the other: it accepts what is accepted of a
// batch that is read as a whole, and finds as many tasks.
func FuzzBatch(f *testing.F) {
	seeds := mutants.Texts(
		`{"tasks":[{"service":"s","argv":["a"],"body":"aGk="},null,{"labels":{"a":"b"}}]}`, `{"tasks":[{}],"Tasks":[{},{"key":"k"}]}`,
		`{"tasks":null}`, `{"tasks":{"a":[{},1]}}`, `null`, `[[],{"tasks":[]}]`, "",
	)
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		var got, want Batch
		err, wrong := got.Decode(strict(input)), strict(input).Decode(&want)
		if (err == nil) != (wrong == nil) || err == nil && len(got.Tasks) != len(want.Tasks) {
			t.Errorf("%q: %d tasks, %v\nas a whole: %d, %v", input, len(got.Tasks), err, len(want.Tasks), wrong)
		}
	})
}

func strict(input []byte) *json.Decoder {
	dec := json.NewDecoder(bytes.NewReader(input))
	dec.DisallowUnknownFields()
	return dec
}
