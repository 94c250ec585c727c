package wire

import "testing"

// A task costs the broker about eight messages, and each one is read or written
// in a few hundred nanoseconds as long as it takes few allocations: a decoded
// message takes one, and one for each string, spec or list in it; an encoded one
// takes none.
var allocations = map[string]float64{
	"submit, least":           3, // message, spec, target
	"ended-ack":               1,
	"accepted":                1,
	"ended, done":             2, // message, worker
	"worker-beat":             2, // message, inventory
	"begun":                   1,
	"outcome, done":           1,
	"dispatch without a body": 2, // message, service
	"outcome-ack":             1,
}

func TestAllocations(t *testing.T) {
	var e Encoder
	var d Decoder
	forPerTask(func(s sample, frames [][]byte) {
		if n := testing.AllocsPerRun(100, func() { sinkFrames, sinkErr = e.Encode(s.dialect, s.message) }); n > 0 {
			t.Errorf("%s: encode takes %v allocations", s.name, n)
		}
		if n := testing.AllocsPerRun(100, func() { _, sinkMessage, sinkErr = d.Decode(frames, s.side) }); n > allocations[s.name] {
			t.Errorf("%s: decode takes %v allocations, want %v", s.name, n, allocations[s.name])
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	forPerTask(func(s sample, _ [][]byte) {
		b.Run(s.name, func(b *testing.B) {
			var e Encoder
			b.ReportAllocs()
			for b.Loop() {
				sinkFrames, sinkErr = e.Encode(s.dialect, s.message)
			}
		})
	})
}

func BenchmarkDecode(b *testing.B) {
	forPerTask(func(s sample, frames [][]byte) {
		b.Run(s.name, func(b *testing.B) {
			var d Decoder
			b.ReportAllocs()
			for b.Loop() {
				_, sinkMessage, sinkErr = d.Decode(frames, s.side)
			}
		})
	})
}

// The results go here, so that the compiler cannot leave the work out.
var (
	sinkFrames  [][]byte
	sinkMessage Message
	sinkErr     error
)

// forPerTask calls fn for each message that a task's life takes, and its frames.
func forPerTask(fn func(s sample, frames [][]byte)) {
	for _, group := range samples {
		for _, s := range group {
			if _, ok := allocations[s.name]; !ok {
				continue
			}
			frames, err := Encode(nil, s.dialect, s.message)
			if err != nil {
				panic(err)
			}
			fn(s, frames)
		}
	}
}
