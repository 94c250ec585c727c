package wire

import "bcp/journal"

// Payload says where a message has a body or a result. The server writes large ones to disk
// before it gives the message to the core: then Stored is set instead of Bytes.
type Payload struct {
	Bytes  *[]byte
	Stored *journal.Blob
	Submit *Submit // the submit whose body it is; nil for anything else
}

// Payloads returns the payloads of a message from a client or worker.
func Payloads(m Message) []Payload {
	switch m := m.(type) {
	case *Submit:
		return []Payload{{&m.Body, &m.Stored, m}}
	case *SubmitBatch:
		list := make([]Payload, len(m.Submits))
		for i := range m.Submits {
			one := &m.Submits[i]
			list[i] = Payload{&one.Body, &one.Stored, one}
		}
		return list
	case *Outcome:
		return []Payload{{&m.Payload, &m.Stored, nil}}
	case *Change: // their bodies are the journal's
		list := make([]Payload, len(m.Copies))
		for i := range m.Copies {
			list[i] = Payload{new([]byte), &m.Copies[i].Stored, nil}
		}
		return list
	case *Resolve: // its body is the journal's
		return []Payload{{new([]byte), &m.Copy.Stored, nil}}
	}
	return nil
}

// Large returns the payloads of a message whose size is from least to most bytes.
func Large(m Message, least, most int) (large []Payload) {
	if isSmall(m, least) {
		return nil
	}
	for _, p := range Payloads(m) {
		if n := len(*p.Bytes); n >= least && n <= most {
			large = append(large, p)
		}
	}
	return large
}

// isSmall tells of the messages that come most that they have no payload of so many bytes.
func isSmall(m Message, least int) bool {
	switch m := m.(type) {
	case *Submit:
		return len(m.Body) < least
	case *Outcome:
		return len(m.Payload) < least
	}
	return false
}

// IsBeat tells whether a message is a heartbeat, with or without an inventory.
func IsBeat(m Message) bool {
	switch m.(type) {
	case *Beat, *WorkerBeat:
		return true
	}
	return false
}
