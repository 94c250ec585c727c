package journal

import (
	"errors"
	"testing"
)

// Whatever is wrong in the entry of a key is found, also that it is another key's.
func TestKeyEntry(t *testing.T) {
	key, id := []byte("job-7"), ID{1, 2, 15: 3}
	entry := AppendKey([]byte("before"), key, id)[len("before"):]
	if got, err := OpenKey(key, entry); got != id || err != nil {
		t.Fatalf("open: %v, %v", got, err)
	}
	for i := range entry {
		entry[i] ^= 0x10
		if _, err := OpenKey(key, entry); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d flipped: %v", i, err)
		}
		entry[i] ^= 0x10
	}
	for what, err := range map[string]error{
		"another key": errOf(OpenKey([]byte("job-8"), entry)), "short": errOf(OpenKey(key, id[:])),
	} {
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }
