package worker_test

import (
	"encoding/binary"
	"syscall"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/worker"
)

// BenchmarkNoop has a worker do tasks that do nothing, 256 at a time. The
// processor time is the whole process's: the worker and a broker that only
// answers.
func BenchmarkNoop(b *testing.B) {
	const slots = 256
	peer := newBroker(b)
	peer.run(worker.Config{
		Slots:   slots,
		Handler: nothing,
	})
	peer.welcome()
	before := processorTime(b)
	sent := 0
	dispatch := func() {
		if sent < b.N {
			sent++
			d := &wire.Dispatch{Ref: wire.Ref{Attempt: 1}, Seq: uint64(sent)}
			binary.BigEndian.PutUint64(d.Task[:], uint64(sent))
			peer.send(d)
		}
	}
	b.ResetTimer()
	for range slots {
		dispatch()
	}
	for range b.N {
		peer.outcome()
		dispatch()
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N)/1e3, "cpu-us/op")
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
