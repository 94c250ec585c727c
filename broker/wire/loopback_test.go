package wire

import "testing"

func TestLoopbackHost(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost":        true,
		"127.0.0.1":        true,
		"127.9.8.7":        true,
		"::1":              true,
		"::ffff:127.0.0.1": true,
		"":                 false,
		"*":                false,
		"0.0.0.0":          false,
		"::":               false,
		"192.0.2.1":        false,
		"127.0.0.1.nip.io": false,
		"localhost.":       false,
		"[::1]":            false,
	} {
		if got := LoopbackHost(host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}
