package catalog

import (
	"context"
	"strings"

	"github.com/oklog/ulid/v2"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// Bounds of a look-up by a part of an ID.
const (
	refMin     = 4       // characters: a shorter part hits by accident
	suffixMax  = 100_000 // tasks looked at for a suffix, newest first: about half a second
	matchesMax = 10      // tasks that an ambiguous part lists
)

// alphabet is Crockford's base 32, as ULIDs are written.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Get returns the task that ref names. Ref is a whole ULID, a unique prefix or suffix of one
// in upper or lower case, or key=KEY for the task that was last submitted under that key.
//
// If ref is a prefix of some IDs and a suffix of others, it counts as a prefix; if it is a
// prefix of an array and its members, it means the array. Suffixes are searched for only
// among the newest suffixMax tasks. Errors have the codes api.CodeBadRequest,
// api.CodeUnknownTask and api.CodeAmbiguous; or they are that of a context that has ended.
func (c Catalog) Get(ctx context.Context, ref string) (journal.Entry, error) {
	id, err := c.resolve(ctx, ref)
	if err != nil {
		return journal.Entry{}, err
	}
	entry, err := journal.Find(c.journal, id)
	if err == nil {
		return entry, nil
	}
	if stone, unknown := c.journal.Tombstone(id); unknown == nil {
		return journal.Entry{}, api.Errorf(api.CodeGone, "%s", stone.Text())
	}
	return journal.Entry{}, failed(id, err)
}

// resolve returns the ID that ref names, with the errors of Get. A full ULID is
// not looked up.
func (c Catalog) resolve(ctx context.Context, ref string) (journal.ID, error) {
	if err := ctx.Err(); err != nil { // who looks many up stops here
		return journal.ID{}, err
	}
	if key, ok := strings.CutPrefix(ref, api.KeyMark); ok {
		return c.withKey(key)
	}
	part := strings.ToUpper(ref)
	if len(part) == ulid.EncodedSize {
		if id, err := ulid.ParseStrict(part); err == nil {
			return id, nil
		}
	}
	if len(part) < refMin || len(part) >= ulid.EncodedSize || strings.Trim(part, alphabet) != "" {
		return journal.ID{}, api.Errorf(api.CodeBadRequest,
			"task %q: a ULID of %d characters, %d or more of its first or last ones, or key=KEY are accepted", ref, ulid.EncodedSize, refMin)
	}
	matches, err := c.withPrefix(part)
	if err == nil && len(matches) == 0 {
		matches, err = c.withSuffix(ctx, part)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return journal.ID{}, err
	case err != nil:
		return journal.ID{}, failed(journal.ID{}, err)
	}
	return unique(ref, matches)
}

// withKey returns the task that was last submitted under a key.
func (c Catalog) withKey(key string) (journal.ID, error) {
	if key == "" {
		return journal.ID{}, api.Errorf(api.CodeBadRequest, "task %q: the key is missing: %sKEY is accepted", api.KeyMark, api.KeyMark)
	}
	id, found, err := c.journal.ByKey(key)
	switch {
	case err != nil:
		return id, failed(id, err)
	case !found:
		return id, api.Errorf(api.CodeUnknownTask, "no task with key %q", key)
	}
	return id, nil
}

func unique(ref string, matches []journal.ID) (journal.ID, error) {
	switch len(matches) {
	case 0:
		return journal.ID{}, api.Errorf(api.CodeUnknownTask,
			"no task has an ID that begins with %s, and none of the newest %d has one that ends with it", ref, suffixMax)
	case 1:
		return matches[0], nil
	}
	err := api.Errorf(api.CodeAmbiguous, "%s is how the IDs of several tasks begin or end: give more of it", ref)
	for _, id := range matches {
		err.Matches = append(err.Matches, id.String())
	}
	return journal.ID{}, err
}

// withPrefix seeks to the first ID with the prefix. An array and its members, whose
// IDs follow its own, are one match: the array.
func (c Catalog) withPrefix(part string) (matches []journal.ID, err error) {
	first, err := ulid.ParseStrict(part + strings.Repeat("0", ulid.EncodedSize-len(part)))
	if err != nil {
		return nil, nil // beyond the highest ULID
	}
	for after := journal.Below(first); len(matches) < matchesMax; {
		t, err := c.next(after)
		if err != nil || t.ID.IsZero() || !strings.HasPrefix(t.ID.String(), part) {
			return matches, err
		}
		matches = append(matches, t.ID)
		after = t.LastID()
	}
	return matches, nil
}

// next returns the first task after an ID, a zero one if there is none.
func (c Catalog) next(after journal.ID) (t journal.Task, err error) {
	r := journal.Range{Live: true, Ended: true, After: after, Limit: 1}
	_, err = c.journal.Scan(r, func(e journal.Entry) error {
		t = e.Task
		return nil
	})
	return t, err
}

// withSuffix looks at the newest tasks.
func (c Catalog) withSuffix(ctx context.Context, part string) (matches []journal.ID, err error) {
	seen := 0
	err = c.walk(journal.Range{Live: true, Ended: true, Descending: true}, func(e *journal.Entry) (bool, error) {
		seen++
		if strings.HasSuffix(e.Task.ID.String(), part) {
			matches = append(matches, e.Task.ID)
		}
		return seen == suffixMax || len(matches) == matchesMax, ctx.Err()
	})
	return matches, err
}

// failed names the task in an error of the journal.
func failed(id journal.ID, err error) error {
	e := *api.ErrorOf(err)
	if e.Code == api.CodeUnknownTask {
		e.Message = "no task has the ID " + id.String()
	}
	return &e
}
