package journal

import (
	"errors"

	"github.com/oklog/ulid/v2"
)

// ID is the ULID of a task. The broker gives IDs in rising order, also when
// the wall clock goes back.
type ID = ulid.ULID

// IDPlus returns the ID that comes n after the given one: members of a task have
// the IDs after its own.
func IDPlus(id ID, n uint32) ID {
	for i, carry := len(id)-1, uint64(n); carry > 0 && i >= 0; i-- {
		carry += uint64(id[i])
		id[i] = byte(carry)
		carry >>= 8
	}
	return id
}

// Below returns the ID just below another one; the zero ID for itself.
func Below(id ID) ID {
	if id.IsZero() {
		return id
	}
	for i := len(id) - 1; ; i-- {
		id[i]--
		if id[i] != 0xff {
			return id
		}
	}
}

// checkTask, taskTexts and parseTask are an ID as the text of an option, none for the zero ID.
func checkTask(text string) error {
	if _, err := ulid.ParseStrict(text); err != nil {
		return errors.New("a task's ID, the 26 letters of a ULID, is accepted")
	}
	return nil
}

func taskTexts(id ID) []string {
	if id.IsZero() {
		return nil
	}
	return []string{id.String()}
}

func parseTask(texts []string) (ID, error) {
	if len(texts) == 0 {
		return ID{}, nil
	}
	return ulid.ParseStrict(texts[0])
}
