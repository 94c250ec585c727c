package journal

// SeatsMax bounds the members that the result of a broadcast tells of: some 70 bytes
// each. The others have rows of their own.
const SeatsMax = 1000

// Summary is the result of a broadcast that has ended, as JSON.
type Summary struct {
	Numbers
	// Each tells of the members, in order of their indexes. Of more than SeatsMax it
	// has those that are not done first of all.
	Each    []Seat `json:"each,omitempty"`
	LeftOut int    `json:"left_out,omitempty"` // members that it has not
}

// Seat is how the member of a broadcast for one worker has ended.
type Seat struct {
	Index  uint32 `json:"index"` // its ID is IDOf this
	Worker string `json:"worker"`
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
}

// Summarize makes the result of a broadcast. The seats are in order of their indexes.
func Summarize(n Numbers, seats []Seat) Summary {
	s := Summary{Numbers: n, Each: seats}
	if len(seats) <= SeatsMax {
		return s
	}
	room := SeatsMax // for those that are done
	for _, seat := range seats {
		if seat.State != Done.String() {
			room--
		}
	}
	s.Each = make([]Seat, 0, SeatsMax)
	for _, seat := range seats {
		if seat.State == Done.String() {
			if room--; room < 0 {
				continue
			}
		}
		if len(s.Each) < SeatsMax {
			s.Each = append(s.Each, seat)
		}
	}
	s.LeftOut = len(seats) - len(s.Each)
	return s
}
