package journal

import (
	"math"
	"testing"
)

// Durations are written as they are read, whatever they are.
func TestFormatDuration(t *testing.T) {
	for ms, want := range map[int64]string{
		0: "0s", 1: "1ms", 1500: "1.5s", 90_000: "1m30s", 120_000: "2m", 5_400_000: "1h30m", 7_200_000: "2h",
		172_800_000: "2d", 360_000_000_000: "100000h", -1: "-1ms", -1000: "-1s", -5_400_000: "-1h30m", -172_800_000: "-2d",
		MaxTimeoutMS: "3650d", MaxTimeoutMS + 1: "87600h1ms", math.MaxInt64: "2562047788015h12m55.807s",
	} {
		got := FormatDuration(ms)
		if got != want {
			t.Errorf("%d ms are %s, want %s", ms, got, want)
		}
		if again, err := ParseDuration(got); ms >= 0 && ms <= MaxTimeoutMS && (err != nil || again != ms) {
			t.Errorf("%s is read as %d, %v", got, again, err)
		}
	}
}

// Days may have hours and less behind them, as an age is shown.
func TestParseDuration(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "90s": 90_000, "1500ms": 1500,
		"0d": 0, "7d": 7 * dayMS, "1d12h": 36 * hourMS, "2d0h": 2 * dayMS, "3d1h30m": 3*dayMS + hourMS*3/2, "1d0.5s": dayMS + 500,
		"3650d0s": MaxTimeoutMS,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%s is read as %d, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "5", "-1s", "1us", "d", "-1d", "d1h", "1d2", "1d-2h", "1d+2h", "-1d2h", "1h2d", "1d2d", "1.5d", "1d 2h", "1d1us",
		"3650d1ms", "1d999999h",
	} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%s is read as %d", text, got)
		}
	}
}

// Who asks for too long a time is told the longest, however long it is.
func TestLongDurations(t *testing.T) {
	const longest = "at most 3650d (10 years) are accepted"
	for _, text := range []string{"3651d", "90000h", "3000000h", "99999999999d", "99999999999999999999d", "3650d3000000h", "99999999999999999999.5s"} {
		if _, err := ParseDuration(text); err == nil || err.Error() != longest {
			t.Errorf("%s: %v, want %s", text, err, longest)
		}
	}
	for _, text := range []string{"-3000000h", "-99999999999d", "3000000x", "3000000", ""} {
		if _, err := ParseDuration(text); err == nil || err.Error() == longest {
			t.Errorf("%s: %v, which is not about its length", text, err)
		}
	}
	if err := OptionNamed("run-timeout").Parse(new(Spec), "3000000h"); err == nil || err.Error() != `run-timeout "3000000h": `+longest {
		t.Error(err)
	}
}
