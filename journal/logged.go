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

// AppendLogged appends to dst a record as a log has it. It returns also the record's payload
// there, as it is given out when the log is read; nil for none.
func AppendLogged(dst []byte, r *Record) (_, payload []byte) {
	dst = appendRecord(append(dst, r.Task[:]...), r)
	if r.PayloadSize() == 0 {
		return append(dst, 0), nil
	}
	size := refBytes
	if r.Blob.IsZero() {
		size = len(r.Payload)
	}
	dst = AppendPayload(binary.AppendUvarint(dst, uint64(sealBytes+size)), r)
	if r.Blob.IsZero() {
		payload = dst[len(dst)-size:]
	}
	return dst, payload
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
