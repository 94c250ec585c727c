package journal

import (
	"slices"
	"strings"
	"testing"
)

func TestParseIndexes(t *testing.T) {
	for text, want := range map[string]struct {
		n          uint32
		last       uint32
		normalized string
	}{
		"1":                     {1, 0, "0-0"},
		"5":                     {5, 4, "5"},
		"0-99,120":              {101, 120, "0-99,120"},
		"7":                     {7, 6, "7"},
		"7-7":                   {1, 7, "7-7"},
		"7,9":                   {2, 9, "7,9"},
		"0-3,4-5":               {6, 5, "6"},
		"1-2,3,9-10":            {5, 10, "1-3,9-10"},
		"2147483647-2147483647": {1, MaxIndex, "2147483647-2147483647"},
		"10000000":              {MaxMembers, MaxMembers - 1, "10000000"},
	} {
		x, err := ParseIndexes(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if x.Len() != want.n || x.At(x.Len()-1) != want.last || x.String() != want.normalized {
			t.Errorf("%q: %d indexes to %d, written %q: want %d to %d, %q", text, x.Len(), x.At(x.Len()-1), x, want.n, want.last, want.normalized)
		}
		if again, err := ParseIndexes(x.String()); err != nil || !slices.Equal(again, x) {
			t.Errorf("%q is written %q, and read as %v, %v", text, x, again, err)
		}
	}
}

func TestParseIndexesRefuses(t *testing.T) {
	for _, text := range []string{
		"", "0", "-1", "a", "1-", "-", "3-2", "1,1", "5,3", "0-4,4", "1,,2", "+1", " 1", "1 -2", "0x3", "10000001", "0-10000000",
		"2147483648-2147483648", "99999999999", strings.Repeat("1,", MaxArrayBytes),
	} {
		if x, err := ParseIndexes(text); err == nil {
			t.Errorf("%.40q is read as %v", text, x)
		}
	}
}

// The error names the part of a list that is wrong, and what stands before it names
// all of it, once.
func TestIndexesErrorNamesOnce(t *testing.T) {
	for text, want := range map[string]string{
		"5-2":     `array "5-2": ` + indexesAccepted,
		"1,5-2,9": `array "1,5-2,9": "5-2": ` + indexesAccepted,

		"10000001":                  `array "10000001": at most 10000000 members are accepted`,
		"100000000000":              `array "100000000000": at most 10000000 members are accepted`,
		"100000000000000000000":     `array "100000000000000000000": at most 10000000 members are accepted`,
		"5-100000000000":            `array "5-100000000000": indexes up to 2147483647 are accepted`,
		"1,3000000000":              `array "1,3000000000": "3000000000": indexes up to 2147483647 are accepted`,
		"1,2-100000000000000000000": `array "1,2-100000000000000000000": "2-100000000000000000000": indexes up to 2147483647 are accepted`,
	} {
		err := OptionNamed("array").SetTexts(new(Spec), []string{text})
		if err == nil || err.Error() != want {
			t.Errorf("%v: want %s", err, want)
		}
	}
}

func TestIndexesAt(t *testing.T) {
	x, err := ParseIndexes("3-5,9,20-21")
	if err != nil {
		t.Fatal(err)
	}
	var got []uint32
	for pos := range x.Len() {
		got = append(got, x.At(pos))
	}
	want := []uint32{3, 4, 5, 9, 20, 21}
	if !slices.Equal(got, want) {
		t.Errorf("the indexes are %v: want %v", got, want)
	}
	if back, err := IndexesOf(want); err != nil || !slices.Equal(back, x) {
		t.Errorf("the indexes of them are %v, %v", back, err)
	}
}

// The IDs of members rise from their group's, and over a carry.
func TestMemberIDs(t *testing.T) {
	low := ID{5: 1, 8: 0xff, 9: 0xff, 10: 0xff, 11: 0xff, 12: 0xff, 13: 0xff, 14: 0xff, 15: 0xfe}
	group := Task{ID: low, Tally: &Tally{Count: 3}}
	for pos, want := range []ID{
		{5: 1, 8: 0xff, 9: 0xff, 10: 0xff, 11: 0xff, 12: 0xff, 13: 0xff, 14: 0xff, 15: 0xff}, {5: 1, 7: 1}, {5: 1, 7: 1, 15: 1},
	} {
		id := IDOf(low, uint32(pos))
		if got, ok := group.Position(id); id != want || !ok || got != uint32(pos) {
			t.Errorf("member %d has ID %v, and that is at %d, %v: want %v", pos, id, got, ok, want)
		}
	}
	for _, id := range []ID{low, IDOf(low, 3), {5: 2}, {}} {
		if pos, ok := group.Position(id); ok {
			t.Errorf("%s is at position %d of %s", id, pos, low)
		}
	}
}

// What a group's row tells of its members survives every step.
func TestTallyFollows(t *testing.T) {
	before := Tally{Count: 10, Next: 3, Ahead: 1, Out: 2, Done: 1, Failed: 1}
	for name, c := range map[string]struct {
		change func(*Tally)
		ok     bool
	}{
		"nothing":             {func(*Tally) {}, true},
		"one more out":        {func(n *Tally) { n.Next++; n.Out++ }, true},
		"one ends":            {func(n *Tally) { n.Out--; n.Done++ }, true},
		"one ahead is passed": {func(n *Tally) { n.Ahead--; n.Next++ }, true},
		"next falls":          {func(n *Tally) { n.Next-- }, false},
		"an end is undone":    {func(n *Tally) { n.Done-- }, false},
		"more than there are": {func(n *Tally) { n.Out = 9 }, false},
		"a row is lost":       {func(n *Tally) { n.Ahead-- }, false},
		"members are lost":    {func(n *Tally) { n.Count-- }, false},
	} {
		after := before
		c.change(&after)
		if got := after.follows(&before); got != c.ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A member without a row is not made up if it had one once, as all of a broadcast had.
func TestHadRow(t *testing.T) {
	array := &Spec{Array: "1-3"}
	for name, c := range map[string]struct {
		group Task
		had   [3]bool
	}{
		"broadcast":                {Task{Spec: &Spec{}, Tally: &Tally{Count: 3}}, [3]bool{true, true, true}},
		"array":                    {Task{Spec: array, Tally: &Tally{Count: 3, Next: 2}}, [3]bool{true, true, false}},
		"that has ended with rest": {Task{Spec: array, Tally: &Tally{Count: 3, Next: 2, Rest: Canceled}}, [3]bool{true, true, false}},
	} {
		for pos, had := range c.had {
			if got := c.group.hadRow(uint32(pos)); got != had {
				t.Errorf("%s, member %d: %v", name, pos, got)
			}
		}
	}
}
