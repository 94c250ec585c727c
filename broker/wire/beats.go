package wire

import "time"

// Bounds of what a Welcome may set, so that a mistaken broker can make nobody spin or
// fall silent.
const (
	HeartbeatMin = 10 * time.Millisecond
	HeartbeatMax = time.Hour
	LivenessMax  = 1000 // of one beat a second, a quarter of an hour
)

// TakeBeats sets how often both sides send Beat, and how many may be missed, within the
// bounds. A 0 leaves what was: a broker that says nothing must not make its peer spin.
func (m *Welcome) TakeBeats(heartbeat *time.Duration, liveness *int) {
	if m.HeartbeatMS > 0 {
		*heartbeat = min(max(time.Duration(m.HeartbeatMS)*time.Millisecond, HeartbeatMin), HeartbeatMax)
	}
	if m.Liveness > 0 {
		*liveness = int(min(m.Liveness, LivenessMax))
	}
}
