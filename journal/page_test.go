package journal

import (
	"testing"

	"github.com/oklog/ulid/v2"
)

func TestBelow(t *testing.T) {
	for id, want := range map[string]string{
		"00000000000000000000000000": "00000000000000000000000000",
		"00000000000000000000000001": "00000000000000000000000000",
		"01KG9MA8G00000000000000000": "01KG9MA8FZZZZZZZZZZZZZZZZZ",
	} {
		if got := Below(ulid.MustParse(id)).String(); got != want {
			t.Errorf("below %s is %s: want %s", id, got, want)
		}
	}
}
