package api

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"bcp/scripts/mutants"
)

// strictly reads JSON, a byte at a time or as it comes, and returns what is wrong with it.
func strictly(t testing.TB, text string) string {
	t.Helper()
	var says [2]string
	for i, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		s := NewStrict(r)
		if got, err := io.ReadAll(s); err != nil || string(got) != text {
			t.Errorf("%q is read as %q, %v", text, got, err)
		}
		if s.Wrong() != nil {
			says[i] = s.Wrong().Error()
		}
	}
	if says[0] != says[1] {
		t.Errorf("%q: %q, and in pieces %q", text, says[0], says[1])
	}
	return says[0]
}

func TestStrict(t *testing.T) {
	twice, half, other := ": "+errTwice.Error(), ": "+ErrHalf.Error(), ": "+ErrBytes.Error()
	for text, says := range map[string]string{
		`{"key":"a","tries":1,"argv":["key","key"],"labels":{"key":"key"}}`: "",
		`{"tasks":[{"key":"a"},{"key":"b"}]}`:                               "",
		`{"labels":{"a":"1","A":"2"}}`:                                      "",
		`{"key":"a\",\"key","x":{}}`:                                        "",
		`{"key":"a\\","x":{}}`:                                              "",
		`{"key":"\\ud800"}`:                                                 "",
		`{"key":"\ud83d\ude00 \uD83D\uDE00\n"}`:                             "",
		`{"key":"a","key":"b"}`:                                             "key" + twice,
		`{"key":"a", "k\u0065y" : null}`:                                    "key" + twice,
		`{"key":"a","KEY":"b"}`:                                             "KEY" + twice,
		`{"keep":"a","Keep":"b"}`:                                           "Keep" + twice,
		`{"options":{"tries":1,"priority":3,"tries":2}}`:                    "options.tries" + twice,
		`{"tasks":[{},{"labels":{"a":"1","a":"2"}}]}`:                       "tasks[1].labels.a" + twice,
		`{"tasks":[{},[[],{"b":1,"b":1}]]}`:                                 "tasks[1][1].b" + twice,
		`{"key":"\ud800"}`:                                                  "key" + half,
		`{"key":"a\uDFFFb"}`:                                                "key" + half,
		`{"key":"\ud800\ud800\udc00"}`:                                      "key" + half,
		`{"key":"\ud83d\\ude00"}`:                                           "key" + half,
		`{"key":"\ud83d\n"}`:                                                "key" + half,
		`{"labels":{"a":"b","\ud800":"c"}}`:                                 "labels.(name)" + half,
		`{"argv":["ls","\ud800"]}`:                                          "argv[1]" + half,
		"{\"key\":\"\u00e4\u20ac\U0001f600 \ufffd\",\"\u00e4\":1}":          "",
		"{\"key\":\"\xff\"}":                                                "key" + other,
		"{\"key\":\"a\xe4b\"}":                                              "key" + other,
		"{\"key\":\"\xe2\x82\"}":                                            "key" + other,
		"{\"key\":\"\xe2\x82\\u20ac\"}":                                     "key" + other,
		"{\"key\":\"\xed\xa0\x80\"}":                                        "key" + other,
		"{\"key\":\"\\\xe4\"}":                                              "key" + other,
		"{\"argv\":[\"ls\",\"\xc3\"],\"key\":\"\xff\"}":                     "argv[1]" + other,
		"{\"labels\":{\"a\":\"b\",\"\xe4\":\"c\"}}":                         "labels.(name)" + other,
		`[` + strings.Repeat("[", depthMax):                                 "it has more than 10000 objects in each other",
		`{"labels":{` + manyFields(fieldsMax) + `}}`:                        "",
		`{"labels":{` + manyFields(fieldsMax+1) + `}}`:                      "labels.1024: there are more than 1024 fields beside it",
	} {
		if got := strictly(t, text); got != says {
			t.Errorf("%.80s: %q, and %q is right", text, got, says)
		}
	}
}

func manyFields(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(`"%d":""`, i)
	}
	return strings.Join(names, ",")
}

// FuzzStrict reads any text: in JSON that is let pass no field is given twice, and every
// character is one that was given.
func FuzzStrict(f *testing.F) {
	mutants.Fuzz(f, mutants.Texts(`{"a":{"b":[1,{"c":"d"}],"e":"\ud83d\ude00"}}`, `{"a":"\\\u0061","a":"\ud800"}`, `["\udc00"]`, "[\"\u00e4\xe2\"]"), func(t testing.TB, input []byte) {
		text := string(input)
		if strictly(t, text) != "" || !json.Valid(input) {
			return
		}
		given := strings.ContainsRune(text, utf8.RuneError) || strings.Contains(strings.ToLower(text), `\ufffd`)
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		readOnce(t, dec, func(s string) {
			if !given && strings.ContainsRune(s, utf8.RuneError) {
				t.Errorf("%q has %q, which was not given", text, s)
			}
		})
	})
}

// readOnce reads a value, with each text in it, and looks whether a field is given twice.
func readOnce(t testing.TB, dec *json.Decoder, see func(string)) {
	begin, err := dec.Token()
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := begin.(string); ok {
		see(s)
	}
	if begin != json.Delim('{') && begin != json.Delim('[') {
		return
	}
	names := map[string]bool{}
	for dec.More() {
		if begin == json.Delim('{') {
			name, _ := dec.Token() // it is JSON
			if see(name.(string)); names[name.(string)] {
				t.Errorf("%q comes twice", name)
			}
			names[name.(string)] = true
		}
		readOnce(t, dec, see)
	}
	_, _ = dec.Token()
}
