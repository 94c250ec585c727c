package exitcode_test

import (
	"testing"

	"bcp/cmd/internal/exitcode"
)

func TestHelp(t *testing.T) {
	texts := exitcode.Texts{5: "not well", 0: "fine", 2: "wrong usage"}
	for _, c := range []struct {
		codes []int
		want  string
	}{
		{nil, "\n\nExit codes:\n  0  fine\n  2  wrong usage\n  5  not well"},
		{[]int{0, 5}, "\n\nExit codes:\n  0  fine\n  5  not well"},
	} {
		if got := texts.Help(c.codes...); got != c.want {
			t.Errorf("%v: got %q, want %q", c.codes, got, c.want)
		}
	}
}
