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
