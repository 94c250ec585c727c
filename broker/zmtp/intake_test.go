package zmtp

import "testing"

// What the owner does not take is not read without end.
func TestIntakeIsBounded(t *testing.T) {
	for name, size := range map[string]int{"messages": 1, "bytes": recvBytes / 3} {
		t.Run(name, func(t *testing.T) {
			in := newIntake()
			most := min(recvMessages, (recvBytes+size-1)/size)
			count := 5 * most
			go func() {
				for range count {
					in.put([][]byte{nil}, size)
				}
			}()
			for taken := 0; taken < count; {
				got := in.take(messages{})
				if taken += len(got.ends); len(got.ends) > most {
					t.Fatalf("%d messages of %d bytes wait, want %d at most", len(got.ends), size, most)
				}
			}
		})
	}
}

// Who closes takes nothing any more, and holds nobody up.
func TestClosedIntakeKeepsNothing(t *testing.T) {
	in := newIntake()
	in.put([][]byte{nil}, recvBytes)
	in.close()
	for range 3 {
		in.put([][]byte{nil}, recvBytes)
	}
	if got := in.take(messages{}); len(got.ends) > 0 {
		t.Errorf("%d messages wait", len(got.ends))
	}
}
