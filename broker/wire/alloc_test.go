package wire

import "testing"

// A task costs the broker about eight messages, and each one is read or written
// in a few hundred nanoseconds as long as it takes few allocations: a decoded
// message takes one, and one for each string, spec or list in it; an encoded one
// takes its head.
var allocations = map[string]struct{ encode, decode float64 }{
	"submit, least":           {1, 3}, // message, spec, target
	"ended-ack":               {1, 1},
	"accepted":                {1, 1},
	"ended, done":             {1, 2}, // message, worker
	"worker-beat":             {1, 2}, // message, inventory
	"begun":                   {1, 1},
	"outcome, done":           {1, 1},
	"dispatch without a body": {1, 2}, // message, service
	"outcome-ack":             {1, 1},
}

func TestAllocations(t *testing.T) {
	forPerTask(func(s sample, frames [][]byte) {
		want := allocations[s.name]
		dst := make([][]byte, 0, 8)
		if n := testing.AllocsPerRun(100, func() { sinkFrames, sinkErr = Encode(dst, s.dialect, s.message) }); n > want.encode {
			t.Errorf("%s: encode takes %v allocations, want %v", s.name, n, want.encode)
		}
		if n := testing.AllocsPerRun(100, func() { _, sinkMessage, sinkErr = Decode(frames, s.side) }); n > want.decode {
			t.Errorf("%s: decode takes %v allocations, want %v", s.name, n, want.decode)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	forPerTask(func(s sample, _ [][]byte) {
		b.Run(s.name, func(b *testing.B) {
			dst := make([][]byte, 0, 8)
			b.ReportAllocs()
			for b.Loop() {
				sinkFrames, sinkErr = Encode(dst, s.dialect, s.message)
			}
		})
	})
}

func BenchmarkDecode(b *testing.B) {
	forPerTask(func(s sample, frames [][]byte) {
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, sinkMessage, sinkErr = Decode(frames, s.side)
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
