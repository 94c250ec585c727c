package wire

import "time"

// Bounds of what a Welcome may set, so that a broker with a wrong configuration does not have
// its peers send without a pause, or not at all.
const (
	HeartbeatMin = 10 * time.Millisecond
	HeartbeatMax = time.Hour
	LivenessMax  = 1000 // at one heartbeat a second, a quarter of an hour
)

// TakeBeats sets the heartbeat's interval, and how many heartbeats may be missed, to what the
// Welcome says, within the bounds. Where that is 0 they stay as they are.
func (m *Welcome) TakeBeats(heartbeat *time.Duration, liveness *int) {
	if m.HeartbeatMS > 0 {
		*heartbeat = min(max(time.Duration(m.HeartbeatMS)*time.Millisecond, HeartbeatMin), HeartbeatMax)
	}
	if m.Liveness > 0 {
		*liveness = int(min(m.Liveness, LivenessMax))
	}
}
