package journal

import (
	"encoding/binary"
	"errors"
	"slices"
)

// A task's row is its history: a seal, and one short entry for each record.
//
//	row     +------+----------+----------+---
//	        | seal | record   | record   | ...
//	        +------+----------+----------+---
//	record  +------+---------+-------+-------+---
//	        | kind | length  | field | field | ...
//	        | 1    | uvarint |       |       |
//	        +------+---------+-------+-------+---
//	field   +-----+-------------------------------------+
//	        | tag | even tag: value, uvarint            |
//	        | 1   | odd tag:  length, uvarint; bytes    |
//	        +-----+-------------------------------------+
//
// A field that is zero is left out. Tags are an append-only list: they are on
// disk. Those of options follow from their numbers and end below tagAbove. The
// task's ID is not in its row: it is the key that the row is under.
const (
	tagAttempt    = 2
	tagTime       = 4 // milliseconds since the time in the task's ID, zigzag
	tagReason     = 6
	tagState      = 8
	tagSize       = 10
	tagTargetKind = 12
	tagWait       = 40
	tagIndex      = 140
	tagCount      = 142
	tagSeq        = 238
	tagKeepBody   = 240
	tagKeepFor    = 242
	tagMembers    = 244
	tagMember     = 246
	tagGone       = 248

	tagWorker     = 1
	tagBy         = 3
	tagText       = 5
	tagClient     = 7
	tagKey        = 9
	tagDigest     = 11
	tagTargetName = 13
	tagArg        = 15 // once for each argument, in order
	tagOther      = 17
	tagCleared    = 131
	tagClass      = 133
	tagInstance   = 135
	tagSetting    = 251
	tagValue      = 253
	tagTally      = 141
)

// errNotSubmitted tells that a row would begin in the middle of a life.
var errNotSubmitted = errors.New("first record neither submits a task nor makes it a member")

// AppendRow appends to dst a task's row as it is after the records: the row so
// far, which is nil for a new task and is not changed, and the records, at
// least one, all of that task. A damaged row is an error that wraps ErrCorrupt.
func AppendRow(dst, row []byte, records ...*Record) ([]byte, error) {
	start, first := len(dst), records[0]
	dst, sum, err := openRow(dst, row, first)
	if err == nil && first.Kind == KindTally {
		dst, sum, err = cutTally(dst, start, first.Task)
	}
	if err != nil {
		return dst, corrupt(first.Task, "row", err)
	}
	added := len(dst)
	for i, r := range records {
		if r.Kind == KindTally && i+1 < len(records) && records[i+1].Kind == KindTally {
			continue // the next one takes its place
		}
		dst = appendRecord(dst, r)
	}
	setSum(dst[start:], extendSum(sum, dst[added:]))
	return dst, nil
}

// openRow places the row so far at the end of dst, for next to be added, and
// returns its checksum.
func openRow(dst, row []byte, next *Record) ([]byte, uint32, error) {
	if row != nil {
		_, sum, err := verify(&next.Task, row)
		return append(dst, row...), sum, err
	}
	if !next.Kind.Begins() {
		return dst, 0, errNotSubmitted
	}
	dst, sum := openSeal(dst, next.Task)
	return dst, sum, nil
}

// cutTally takes the tally off the row that begins at start, if it ends with one,
// and returns the checksum of what is left.
func cutTally(dst []byte, start int, id ID) ([]byte, uint32, error) {
	content := dst[start+sealBytes:]
	last, err := lastRecord(content)
	if err != nil {
		return dst, 0, err
	}
	if len(last) > 0 && Kind(last[0]) == KindTally {
		content = content[:len(content)-len(last)]
	}
	dst = dst[:start+sealBytes+len(content)]
	return dst, sumOf(&id, dst[start:]), nil
}

// lastRecord returns the last record of a row's content, nothing of one that has none.
func lastRecord(content []byte) (last []byte, err error) {
	last = content
	for rest := (reader{data: content}); !rest.empty(); {
		last = rest.data
		if err := rest.pass(); err != nil {
			return nil, err
		}
	}
	return last, nil
}

// pass skips a record.
func (d *reader) pass() error {
	d.data = d.data[1:]
	n, size := binary.Uvarint(d.data)
	if size <= 0 || n > uint64(len(d.data)-size) {
		return errCut
	}
	d.data = d.data[size+int(n):]
	return nil
}

func appendRecord(dst []byte, r *Record) []byte {
	if r.coded != nil {
		return append(dst, r.coded...)
	}
	dst = append(dst, byte(r.Kind))
	start := len(dst)
	dst = appendFields(dst, r)
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(dst)-start))
	return slices.Insert(dst, start, length[:n]...)
}

func appendFields(dst []byte, r *Record) []byte {
	dst = appendNumber(dst, tagAttempt, uint64(r.Attempt))
	dst = appendNumber(dst, tagTime, zigzag(r.Time-int64(r.Task.Time())))
	dst = appendNumber(dst, tagReason, uint64(r.Reason))
	dst = appendNumber(dst, tagState, uint64(r.State))
	dst = appendNumber(dst, tagSize, uint64(r.PayloadSize()))
	dst = appendNumber(dst, tagWait, uint64(r.DelayMS))
	dst = appendNumber(dst, tagSeq, uint64(r.Seq))
	dst = appendKeep(dst, r)
	dst = appendNumber(dst, tagIndex, uint64(r.Index))
	dst = appendNumber(dst, tagCount, uint64(r.Count))
	dst = appendText(dst, tagWorker, r.Worker)
	dst = appendText(dst, tagBy, r.By)
	dst = appendText(dst, tagText, r.Text)
	dst = appendText(dst, tagCleared, string(r.Cleared))
	dst = appendText(dst, tagClass, r.Class)
	dst = appendBytes16(dst, tagInstance, r.Instance)
	dst = appendBytes16(dst, tagOther, r.Other)
	if r.Tally != nil {
		var room [64]byte
		dst = appendText(dst, tagTally, string(appendTally(room[:0], r.Tally)))
	}
	if r.Spec != nil {
		dst = appendSpec(dst, r.Spec)
	}
	if r.Setting != nil {
		dst = r.Setting.append(dst)
	}
	return dst
}

// appendKeep appends how an ended task is kept.
func appendKeep(dst []byte, r *Record) []byte {
	dst = appendNumber(dst, tagKeepBody, uint64(asNumber(r.KeepBody)))
	dst = appendNumber(dst, tagMember, uint64(asNumber(r.Member)))
	dst = appendNumber(dst, tagKeepFor, uint64(r.KeepMS))
	return appendNumber(dst, tagMembers, uint64(r.Members))
}

func appendSpec(dst []byte, s *Spec) []byte {
	dst = appendText(dst, tagKey, s.Key)
	dst = appendBytes16(dst, tagDigest, s.Digest)
	return s.AppendShared(dst)
}

// AppendShared appends an encoding of all of the spec that other tasks may have in
// common with it: without its key and digest.
func (s *Spec) AppendShared(dst []byte) []byte {
	dst = appendText(dst, tagClient, s.Client)
	dst = appendNumber(dst, tagTargetKind, uint64(s.Target.Kind))
	dst = appendText(dst, tagTargetName, s.Target.Name)
	for _, arg := range s.Argv {
		dst = append(dst, tagArg)
		dst = append(binary.AppendUvarint(dst, uint64(len(arg))), arg...)
	}
	for i := range Options {
		dst = appendOption(dst, &Options[i], s)
	}
	return dst
}

func appendNumber(dst []byte, tag byte, n uint64) []byte {
	if n == 0 {
		return dst
	}
	return binary.AppendUvarint(append(dst, tag), n)
}

func appendText(dst []byte, tag byte, s string) []byte {
	if s == "" {
		return dst
	}
	return append(binary.AppendUvarint(append(dst, tag), uint64(len(s))), s...)
}

func appendBytes16(dst []byte, tag byte, b [16]byte) []byte {
	if b == [16]byte{} {
		return dst
	}
	return append(append(dst, tag, byte(len(b))), b[:]...)
}

// zigzag makes small numbers of either sign small; unzigzag is its inverse.
func zigzag(n int64) uint64 { return uint64(n<<1) ^ uint64(n>>63) }

func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }
