package journal

import "fmt"

// Setting is something that holds for the whole broker, and that operators change
// while it runs. The journal keeps the last record of each, KindSetting: what was
// set, who did it, when and why.
type Setting struct {
	Name  string // what is set; it begins with its sort, such as limit/
	Value string // in the form of its sort, "" for one that was unset
	Gone  bool   // nobody needs to know of it any more: the journal forgets it
}

// Rows of settings are sealed like those of tasks, for the zero ID, with one
// record that has the setting's name: a row under another's name is damage.

// append appends the setting's fields. One that is gone has no row: a log has its record.
func (s *Setting) append(dst []byte) []byte {
	dst = appendNumber(dst, tagGone, uint64(asNumber(s.Gone)))
	return appendText(appendText(dst, tagSetting, s.Name), tagValue, s.Value)
}

// AppendSetting appends to dst the row of a setting as the record leaves it.
func AppendSetting(dst []byte, r *Record) []byte { return appendSealed(dst, ID{}, r) }

// DecodeSetting returns the record in the row of a setting. Any damage is an
// error that wraps ErrCorrupt and names the setting.
func DecodeSetting(name string, row []byte) (Record, error) {
	records, err := decodeRow(ID{}, row)
	switch {
	case err != nil:
		return Record{}, fmt.Errorf("setting %s: %w", name, err)
	case len(records) != 1 || records[0].Setting == nil || records[0].Setting.Name != name:
		return Record{}, fmt.Errorf("%w: row of setting %s: %w", ErrCorrupt, name, errKind)
	}
	return records[0], nil
}
