package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Causes of ErrCorrupt in a row whose checksum is right.
var (
	errCut   = errors.New("record is cut off")
	errKind  = errors.New("unknown kind of record")
	errField = errors.New("unknown field or value out of range")
)

// decodeRow returns the records of a task's row. They keep nothing of row
// itself. Any damage is an error that wraps ErrCorrupt and names the task.
func decodeRow(id ID, row []byte) ([]Record, error) {
	content, _, err := verify(&id, row)
	if err != nil {
		return nil, corrupt(id, "row", err)
	}
	// All texts of the row share one string: one allocation instead of one each.
	rest := reader{data: content, text: string(content)}
	records := make([]Record, 0, rest.count())
	for !rest.empty() {
		r, err := rest.record(id)
		if err != nil {
			return nil, corrupt(id, fmt.Sprintf("record %d", len(records)+1), err)
		}
		records = append(records, r)
	}
	return records, nil
}

// DecodeEntry returns the task of a row, and its records. Any damage, also
// records that do not follow from each other, is an error that wraps ErrCorrupt.
func DecodeEntry(id ID, row []byte) (Entry, error) {
	records, err := decodeRow(id, row)
	if err != nil {
		return Entry{}, err
	}
	task, err := Fold(records)
	if err != nil {
		return Entry{}, corrupt(id, "row", err)
	}
	return Entry{Task: task, Records: records}, nil
}

// Fold returns the task that the records add up to. Records that do not follow
// from each other are an error that wraps ErrRecord.
func Fold(records []Record) (Task, error) {
	var t Task
	if len(records) == 0 {
		return t, fmt.Errorf("%w: there is none", ErrRecord)
	}
	for i := range records {
		if err := t.Apply(&records[i]); err != nil {
			return Task{}, err
		}
	}
	return t, nil
}

// reader takes fields from the front of a row's content; text is the same
// bytes as data.
type reader struct {
	data []byte
	text string
}

func (d *reader) empty() bool { return len(d.data) == 0 }

// count returns how many records there are, up to one that is damaged.
func (d *reader) count() (n int) {
	for rest := (reader{data: d.data}); !rest.empty(); n++ {
		if rest.pass() != nil {
			break
		}
	}
	return n
}

func (d *reader) skip(n int) { d.data, d.text = d.data[n:], d.text[n:] }

func (d *reader) uvarint() (uint64, error) {
	v, n := binary.Uvarint(d.data)
	if n <= 0 {
		return 0, errCut
	}
	d.skip(n)
	return v, nil
}

// framed takes a length and so many bytes, as a reader of their own.
func (d *reader) framed() (reader, error) {
	n, err := d.uvarint()
	if err != nil {
		return reader{}, err
	}
	if n > uint64(len(d.data)) {
		return reader{}, errCut
	}
	inner := reader{data: d.data[:n], text: d.text[:n]}
	d.skip(int(n))
	return inner, nil
}

func (d *reader) record(id ID) (Record, error) {
	r := Record{Task: id, Kind: Kind(d.data[0]), Time: int64(id.Time())}
	if !r.Kind.known() {
		return r, fmt.Errorf("%w %d", errKind, r.Kind)
	}
	if r.Kind.Begins() || r.Kind == KindEdit {
		r.Spec = new(Spec)
	}
	if r.Kind == KindSetting {
		r.Setting = new(Setting)
	}
	d.skip(1)
	fields, err := d.framed()
	if err != nil {
		return r, err
	}
	for !fields.empty() {
		if err := fields.fieldInto(&r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (d *reader) fieldInto(r *Record) error {
	tag := d.data[0]
	d.skip(1)
	ok := false
	if tag%2 == 0 {
		n, err := d.uvarint()
		if err != nil {
			return err
		}
		ok = r.setNumber(tag, n) || r.Spec != nil && r.Spec.setNumber(tag, n)
	} else {
		value, err := d.framed()
		if err != nil {
			return err
		}
		ok = r.setText(tag, value) || r.Spec != nil && r.Spec.setText(tag, value.text)
	}
	if !ok {
		return fmt.Errorf("%w: tag %d", errField, tag)
	}
	return nil
}

func (r *Record) setNumber(tag byte, n uint64) bool {
	switch tag {
	case tagAttempt:
		return setUint32(&r.Attempt, n)
	case tagTime:
		r.Time += unzigzag(n)
		return true
	case tagReason:
		return setByte(&r.Reason, n)
	case tagState:
		return setByte(&r.State, n)
	case tagWait:
		r.DelayMS = int64(n)
		return true
	case tagSize:
		r.Size = int(n)
		return n <= math.MaxInt
	case tagSeq:
		return setUint32(&r.Seq, n)
	case tagIndex:
		return setUint32(&r.Index, n)
	case tagCount:
		return setUint32(&r.Count, n)
	}
	return r.setKeep(tag, n) || r.Setting.setNumber(tag, n)
}

// setKeep takes in how an ended task is kept.
func (r *Record) setKeep(tag byte, n uint64) bool {
	switch tag {
	case tagKeepBody:
		r.KeepBody = true
		return n == 1
	case tagKeepFor:
		r.KeepMS = int64(n)
		return true
	case tagMembers:
		return setUint32(&r.Members, n)
	case tagMember:
		r.Member = true
		return n == 1
	}
	return false
}

func (r *Record) setText(tag byte, value reader) bool {
	s := value.text
	switch tag {
	case tagWorker:
		r.Worker = s
	case tagBy:
		r.By = s
	case tagText:
		r.Text = s
	case tagCleared:
		r.Cleared = append(r.Cleared[:0], s...) // nil if there is nothing
	case tagClass:
		r.Class = s
	case tagInstance:
		return setBytes16(&r.Instance, s)
	case tagOther:
		return setBytes16((*[16]byte)(&r.Other), s)
	case tagTally:
		r.Tally = readTally(value)
		return r.Tally != nil
	default:
		return r.Setting.setText(tag, s)
	}
	return true
}

// setNumber takes in a number of a setting; false if the record has none.
func (s *Setting) setNumber(tag byte, n uint64) bool {
	if s == nil || tag != tagGone {
		return false
	}
	s.Gone = true
	return n == 1
}

// setText takes in a field of a setting; false if the record has none.
func (s *Setting) setText(tag byte, text string) bool {
	switch {
	case s != nil && tag == tagSetting:
		s.Name = text
	case s != nil && tag == tagValue:
		s.Value = text
	default:
		return false
	}
	return true
}

func (s *Spec) setNumber(tag byte, n uint64) bool {
	if tag == tagTargetKind {
		return setByte(&s.Target.Kind, n)
	}
	o := byTag[tag]
	return o != nil && o.setRow(s, n)
}

func (s *Spec) setText(tag byte, text string) bool {
	switch tag {
	case tagClient:
		s.Client = text
	case tagKey:
		s.Key = text
	case tagDigest:
		return setBytes16(&s.Digest, text)
	case tagTargetName:
		s.Target.Name = text
	case tagArg:
		s.Argv = append(s.Argv, text)
	default:
		o := byTag[tag]
		return o != nil && o.addRow(s, text)
	}
	return true
}

func setUint32(v *uint32, n uint64) bool {
	*v = uint32(n)
	return n <= math.MaxUint32
}

func setBytes16(v *[16]byte, s string) bool {
	copy(v[:], s)
	return len(s) == len(v)
}

func setByte[T ~uint8](v *T, n uint64) bool {
	*v = T(n)
	return n <= math.MaxUint8
}
