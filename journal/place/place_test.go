package place

import (
	"slices"
	"strings"
	"testing"
)

var offer = Offer{Worker: "w7", Labels: []string{"gpu=a100", "zone=b", "rack=r 1"}}

func TestSelectors(t *testing.T) {
	for selector, unmet := range map[string]string{
		"":                           "",
		"gpu=a100":                   "",
		"gpu=h100":                   "gpu=h100",
		"gpu=h100|a100,zone!=c":      "",
		"gpu=a100, zone!=b":          "zone!=b",
		"gpu":                        "",
		"!gpu":                       "!gpu",
		"!tpu":                       "",
		"tpu":                        "tpu",
		"tpu!=v4":                    "",
		"zone!=a|b":                  "zone!=a|b",
		"worker=w7":                  "",
		"worker!=w7":                 "worker!=w7",
		"worker=w1|w7,rack=r 1":      "",
		"gpu=a100,zone=b,tpu,worker": "tpu",
	} {
		s, err := ParseSelector(selector)
		if err != nil || s.Unmet(&offer) != unmet || s.Matches(&offer) != (unmet == "") {
			t.Errorf("%q: unmet %q, error %v, want %q", selector, s.Unmet(&offer), err, unmet)
		}
	}
}

// What looks like a comparison is a name, and told apart.
func TestComparisons(t *testing.T) {
	for selector, want := range map[string]string{
		"gpu>3": "gpu>3", "gpu>=3": "gpu>=3", "zone=a, !mem<3 ,cpu>1": "!mem<3", "a<b!=c": "a<b!=c",
		"zone=a,!old,gpu": "", "zone=<none>|a>b": "", "": "", "gpu=": "",
	} {
		if got := Comparison(selector); got != want {
			t.Errorf("%q: %q, want %q", selector, got, want)
		}
	}
	if s, err := ParseSelector("gpu>3"); err != nil || !s.Matches(&Offer{Labels: []string{"gpu>3=yes"}}) {
		t.Errorf("as a name: %v", err)
	}
}

func TestBadSelectors(t *testing.T) {
	for _, s := range []string{
		" ", ",", "gpu=", "=a100", "!", "gpu!=", "a b=c", "gpu=a|", "gpu==a", "!gpu=a", "gpu=a\x00", "gpu=\xff",
		strings.Repeat("a", MaxSelector+1), strings.Repeat("a,", MaxTerms) + "a",
	} {
		if _, err := ParseSelector(s); err == nil {
			t.Errorf("%q is accepted", s)
		} else if !strings.Contains(err.Error(), "accepted") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]struct {
		n      Amount
		prints string
	}{
		"8": {8000, "8"}, "0.5": {500, "0.5"}, "500m": {500, "0.5"}, "1m": {1, "0.001"}, "2k": {2_000_000, "2000"},
		"32GiB": {32 << 30 * 1000, "32Gi"}, "1.5Gi": {1536 << 20 * 1000, "1536Mi"}, "100B": {100_000, "100"},
		"1024": {1024_000, "1024"}, "1Ti": {1 << 40 * 1000, "1Ti"}, "1TB": {1e12 * 1000, "1000000000000"},
		"1000T": {AmountMax, "1000000000000000"}, "0.1Gi": {107374182400, "107374182.4"}, "0.100000000000": {100, "0.1"},
	} {
		n, err := parseAmount(text)
		if err != nil || n != want.n || n.String() != want.prints {
			t.Errorf("%q: %d, %q, error %v, want %d, %q", text, n, n, err, want.n, want.prints)
		}
		if again, err := parseAmount(n.String()); again != n || err != nil {
			t.Errorf("%q is printed as %q, which reads as %d, error %v", text, n, again, err)
		}
	}
	for _, bad := range []string{"", "B", "-1", "0", "0.0001", "1e3", "1/2", "1mB", "1ki", "1KiBB", "1001T", "0x1", ".", "1 ", "1.5.5", "9e9", "0.1000000000000", strings.Repeat("9", 40), "0.3333Gi"} {
		if n, err := parseAmount(bad); err == nil {
			t.Errorf("%q is accepted, as %d", bad, n)
		}
	}
	// What is a number is told which ones are accepted.
	for bad, is := range map[string]bool{"-1": true, "-1.5Gi": true, "0": true, "1001T": true, "-": false, "-many": false, "1-": false, "-.5": true, ".-5": false, ".-5Gi": false} {
		if _, err := parseAmount(bad); err == nil || strings.Contains(err.Error(), "0.001 to 1000000000000000 are accepted") != is {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestBytes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "1.5KiB": 1536, "64Mi": 64 << 20, "2kB": 2000, "500000m": 500} {
		if n, err := ParseBytes(text); err != nil || n != want {
			t.Errorf("%q: %d, error %v, want %d", text, n, err, want)
		}
	}
	for _, bad := range []string{"", "0", "0.5", "1500m", "-1", "many", "1.0001k"} {
		if n, err := ParseBytes(bad); err == nil || !strings.Contains(err.Error(), "a whole number of bytes is accepted") {
			t.Errorf("%q: %d, error %v", bad, n, err)
		}
	}
}

func TestAmountsOfAWorker(t *testing.T) {
	total, err := ParseAmounts([]string{"mem=32GiB", "cpu=8"})
	if err != nil || !slices.Equal(total.Strings(), []string{"cpu=8", "mem=32Gi"}) {
		t.Fatalf("%v, error %v", total, err)
	}
	free := slices.Clone(total)
	needs, _ := ParseAmounts([]string{"cpu=2.5", "mem=1Gi"})
	free.Add(needs, -1)
	if r, short := free.Short(needs); short || free.Of("cpu") != 5500 {
		t.Errorf("%v is short of %v", free, r)
	}
	free.Add(needs, -1)
	free.Add(needs, -1)
	if r, short := free.Short(needs); !short || r.String() != "cpu=2.5" {
		t.Errorf("%v has enough", free)
	}
	free.Add(needs, 3)
	if !slices.Equal(free, total) {
		t.Errorf("%v are left of %v", free, total)
	}
	if !total.Share(needs) || total.Share(Amounts{{"gpu", 1}}) {
		t.Error("it shares cpu and mem, and no gpu")
	}
	if r, short := total.Short(Amounts{{"gpu", 1}}); !short || r.Name != "gpu" {
		t.Error("there is a gpu")
	}
	for _, bad := range []string{"cpu", "=1", "cpu=x", "slots=2", "c pu=1", "cpu=1,", strings.Repeat("c", MaxPair) + "=1"} {
		if _, err := ParseAmounts([]string{bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if _, err := ParseAmounts([]string{"cpu=1", "cpu=2"}); err == nil {
		t.Error("a resource is accepted twice")
	}
	if _, err := ParseAmounts(make([]string, MaxResources+1)); err == nil {
		t.Error("too many resources are accepted")
	}
}

func TestLabels(t *testing.T) {
	if err := CheckLabels(offer.Labels); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"gpu", "=a", "gpu=", "gpu=a|b", "gpu=a,b", "worker=w", "g!=a", "a b=c", "a=b=c", "a=\x01", "a=" + strings.Repeat("b", MaxPair)} {
		if err := CheckLabels([]string{bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if CheckLabels([]string{"a=1", "a=2"}) == nil || CheckLabels(make([]string, MaxLabels+1)) == nil {
		t.Error("a name twice, or too many labels are accepted")
	}
}
