package wire

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"bcp/journal"
)

var update = flag.Bool("update", false, "write testdata/vectors anew from the samples")

// A vector file holds vectors with an empty line between them:
//
//	vector: submit, least
//	dialect: BCPC02
//	to: broker
//	frame:
//	    42 43 50 43 30 32 11 00 00 00 01 ...  BCPC02.....
//	decodes to: SUBMIT
//	    Req: 1
//	    Spec.Target.Name: "count"
//
// Fields that are zero are left out. "decode only" marks frames that another
// peer makes and that are not made again in the same way; "made from" shows
// the message that the frames were made of where they don't say all of it.
type vector struct {
	name    string
	dialect string
	to      string
	frames  [][]byte
	decoded string // as printed
	refused string // the error's text, instead
	from    string // as printed, if not as decoded
	oneWay  bool
}

var sampleFiles = map[string][]sample{
	"bcp2-client.txt": bcp2ClientSamples,
	"bcp2-worker.txt": bcp2WorkerSamples,
	"bcp1-client.txt": bcp1ClientSamples,
	"bcp1-worker.txt": bcp1WorkerSamples,
}

// TestVectors reads the files as a stranger would, and takes every vector
// through Decode and Encode.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(files) != len(sampleFiles)+1 {
		t.Fatalf("found %d files, error %v", len(files), err)
	}
	for _, file := range files {
		for _, v := range readVectors(t, file) {
			t.Run(filepath.Base(file)+"/"+v.name, func(t *testing.T) { checkVector(t, v) })
		}
	}
}

// TestVectorsAreTheSamples tells when a sample was changed without its vector.
func TestVectorsAreTheSamples(t *testing.T) {
	for file, group := range sampleFiles {
		b, err := os.ReadFile(filepath.Join("testdata/vectors", file))
		if err != nil {
			t.Fatal(err)
		}
		if want := formatSamples(t, group); string(b) != want {
			t.Errorf("%s differs from the samples: look at both, then run the test with -update", file)
		}
	}
	b, err := os.ReadFile("testdata/vectors/refused.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != formatRefusals() {
		t.Error("refused.txt differs from the refusals: look at both, then run the test with -update")
	}
}

func checkVector(t *testing.T, v vector) {
	d, m, err := Decode(v.frames, v.side(t))
	if v.refused != "" {
		if err == nil || err.Error() != v.refused {
			t.Errorf("error %v\nwant  %s", err, v.refused)
		}
		return
	}
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	if headers[d] != v.dialect || printMessage(m) != v.decoded {
		t.Errorf("decoded as %s\n%s\nwant %s\n%s", headers[d], printMessage(m), v.dialect, v.decoded)
	}
	if v.oneWay || v.from != "" {
		return
	}
	frames, err := Encode(nil, d, m)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	if !slices.EqualFunc(frames, v.frames, bytes.Equal) {
		t.Errorf("encoded as\n%s\nwant\n%s", printFrames(frames), printFrames(v.frames))
	}
}

var headers = map[Dialect]string{
	BCP2Client: "BCPC02", BCP2Worker: "BCPW02", BCP1Client: "BCPC01", BCP1Worker: "BCPW01", DialectNone: "none",
}

func (v vector) side(t *testing.T) Side {
	switch v.to {
	case "broker":
		return ToBroker
	case "peer":
		return ToPeer
	}
	t.Fatalf("vector %q goes to %q: broker or peer is meant", v.name, v.to)
	return 0
}

// ---- reading

func readVectors(t testing.TB, file string) []vector {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	for stanza := range strings.SplitSeq(strings.TrimSpace(string(b)), "\n\n") {
		all = append(all, readVector(t, stanza))
	}
	return all
}

func readVector(t testing.TB, stanza string) vector {
	var v vector
	var in string
	for line := range strings.Lines(stanza) {
		line = strings.TrimSuffix(line, "\n")
		body, indented := strings.CutPrefix(line, "    ")
		if !indented {
			var value string
			in, value, _ = strings.Cut(line, ":")
			v.set(t, in, strings.TrimSpace(value))
			continue
		}
		switch in {
		case "frame":
			v.frames[len(v.frames)-1] = append(v.frames[len(v.frames)-1], readHex(t, body)...)
		case "decodes to":
			v.decoded += body + "\n"
		case "made from":
			v.from += body + "\n"
		}
	}
	return v
}

func (v *vector) set(t testing.TB, what, value string) {
	switch what {
	case "vector":
		v.name = value
	case "dialect":
		v.dialect = value
	case "to":
		v.to = value
	case "frame":
		v.frames = append(v.frames, []byte{})
	case "decodes to":
		v.decoded = value + "\n"
	case "made from":
		v.from = value + "\n"
	case "refused":
		v.refused = value
	case "decode only":
		v.oneWay = true
	default:
		t.Fatalf("vector %q: what is %q?", v.name, what)
	}
}

// readHex reads the bytes of a dump's line, which end at two spaces.
func readHex(t testing.TB, line string) []byte {
	digits, _, _ := strings.Cut(line, "  ")
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil {
		t.Fatalf("line %q: %v", line, err)
	}
	return b
}

// ---- writing

func writeVectors(t *testing.T) {
	for file, group := range sampleFiles {
		writeFile(t, file, formatSamples(t, group))
	}
	writeFile(t, "refused.txt", formatRefusals())
}

func writeFile(t *testing.T, name, text string) {
	if err := os.WriteFile(filepath.Join("testdata/vectors", name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func formatSamples(t *testing.T, group []sample) string {
	stanzas := make([]string, len(group))
	for i, s := range group {
		stanzas[i] = formatSample(t, s)
	}
	return strings.Join(stanzas, "\n")
}

func formatSample(t *testing.T, s sample) string {
	frames := s.frames
	if frames == nil {
		var err error
		if frames, err = Encode(nil, s.dialect, s.message); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
	text := formatHead(s.name, s.dialect, s.side, frames)
	switch {
	case s.frames != nil:
		return text + "decode only: these frames are another peer's\ndecodes to: " + indent(printMessage(s.want))
	case s.want != nil:
		return text + "made from: " + indent(printMessage(s.message)) + "decodes to: " + indent(printMessage(s.want))
	}
	return text + "decodes to: " + indent(printMessage(s.message))
}

func formatHead(name string, d Dialect, side Side, frames [][]byte) string {
	to := "broker"
	if side == ToPeer {
		to = "peer"
	}
	return fmt.Sprintf("vector: %s\ndialect: %s\nto: %s\n%s", name, headers[d], to, printFrames(frames))
}

func indent(s string) string {
	return strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n    ") + "\n"
}

func printFrames(frames [][]byte) string {
	var b strings.Builder
	for _, frame := range frames {
		b.WriteString("frame:\n")
		for chunk := range bytesBy(frame, 16) {
			fmt.Fprintf(&b, "    %-47s  %s\n", fmt.Sprintf("% x", chunk), printable7(chunk))
		}
	}
	return b.String()
}

func bytesBy(b []byte, n int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			k := min(n, len(b))
			if !yield(b[:k]) {
				return
			}
			b = b[k:]
		}
	}
}

// printable7 shows bytes as ASCII, and a dot for each that isn't.
func printable7(b []byte) string {
	return string(bytes.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, bytes.ToValidUTF8(b, []byte("."))))
}

// printMessage prints a message's name and its fields that are not zero.
func printMessage(m Message) string {
	var b strings.Builder
	fmt.Fprintln(&b, m.command())
	printFields(&b, "", reflect.ValueOf(m).Elem())
	return b.String()
}

func printFields(b *strings.Builder, path string, v reflect.Value) {
	if v.IsZero() {
		return
	}
	switch x := v.Interface().(type) {
	case journal.ID:
		fmt.Fprintf(b, "%s: %s\n", path, x)
		return
	case [16]byte:
		fmt.Fprintf(b, "%s: %x\n", path, x)
		return
	case []byte, string:
		fmt.Fprintf(b, "%s: %q\n", path, x)
		return
	case fmt.Stringer:
		fmt.Fprintf(b, "%s: %d (%s)\n", path, x, x)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		printFields(b, path, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			printFields(b, join(path, v.Type().Field(i)), v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			printElement(b, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	default:
		fmt.Fprintf(b, "%s: %v\n", path, v.Interface())
	}
}

// printElement prints an element of a list, also one that is zero.
func printElement(b *strings.Builder, path string, v reflect.Value) {
	if v.Kind() == reflect.String {
		fmt.Fprintf(b, "%s: %q\n", path, v.String())
		return
	}
	printFields(b, path, v)
}

func join(path string, f reflect.StructField) string {
	switch {
	case f.Anonymous:
		return path
	case path == "":
		return f.Name
	}
	return path + "." + f.Name
}
