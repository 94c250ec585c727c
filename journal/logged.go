package journal

import (
	"encoding/binary"
	"fmt"
)

// A log of commits has records as they are committed, one behind the other:
//
//	+---------+--------+-----------------+----------------------------+
//	| task 16 | record | length, uvarint | payload, or its reference  |   none of length 0
//	+---------+--------+-----------------+----------------------------+
//
// The record is as in a row, and what follows it is sealed for the task, if there is any.

// AppendLogged appends a record to dst in the form that a log has. From then on the record
// refers to what was appended, which must not change: to its payload there, and to what
// goes into the task's row.
func AppendLogged(dst []byte, r *Record) []byte {
	dst = append(dst, r.Task[:]...)
	start := len(dst)
	dst = appendRecord(dst, r)
	coded := dst[start:len(dst):len(dst)]
	if r.PayloadSize() == 0 {
		r.Payload, r.coded = nil, coded
		return append(dst, 0)
	}
	size := refBytes
	if r.Blob.IsZero() {
		size = len(r.Payload)
	}
	dst = AppendPayload(binary.AppendUvarint(dst, uint64(sealBytes+size)), r)
	if r.Blob.IsZero() {
		r.Payload = dst[len(dst)-size:]
	}
	r.coded = coded
	return dst
}

// DecodeLogged appends to records those that AppendLogged has appended. Their payloads point
// into data, and nothing else of them does. Any damage is an error that wraps ErrCorrupt.
func DecodeLogged(records []Record, data []byte) ([]Record, error) {
	rest := reader{data: data, text: string(data)}
	for !rest.empty() {
		r, err := rest.logged()
		if err != nil {
			return records, fmt.Errorf("%w: record %d of a log: %w", ErrCorrupt, len(records)+1, err)
		}
		records = append(records, r)
	}
	return records, nil
}

// logged takes a record with its task and payload.
func (d *reader) logged() (r Record, err error) {
	var id ID
	if len(d.data) <= len(id) {
		return r, errCut
	}
	copy(id[:], d.data)
	d.skip(len(id))
	if r, err = d.record(id); err != nil {
		return r, err
	}
	sealed, err := d.framed()
	if err != nil {
		return r, err
	}
	size := r.Size
	r.Size = 0 // what is written has it by its payload
	if !sealed.empty() {
		r.Payload, r.Blob, err = OpenPayload(id, sealed.data)
	}
	if err == nil && r.PayloadSize() != size {
		err = fmt.Errorf("%w: %d bytes of payload, and %d are there", errField, size, r.PayloadSize())
	}
	return r, err
}
