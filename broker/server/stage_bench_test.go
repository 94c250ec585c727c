package server_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
)

// BenchmarkSmallBesideLarge tells how long a small task takes to be accepted while
// bodies of 16 MiB come in one after another, each accepted before the next: with
// none of them, with each written beside the loop, and with each in a commit.
func BenchmarkSmallBesideLarge(b *testing.B) {
	for _, c := range []struct {
		name    string
		blobMin int
		large   bool
	}{{"none", 0, false}, {"apart", 0, true}, {"in commits", math.MaxInt, true}} {
		b.Run(c.name, func(b *testing.B) { benchSmall(b, c.blobMin, c.large) })
	}
}

func benchSmall(b *testing.B, blobMin int, large bool) {
	cfg := testConfig()
	cfg.BlobMin = blobMin
	s := start(b, cfg, newStore(b))
	small := newClient(b, s)
	stop, gone := make(chan struct{}), make(chan int)
	go func() { gone <- sendLarge(b, s, large, stop) }()
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		begun := time.Now()
		small.say(&wire.Submit{Req: uint32(n), Spec: spec(), Quiet: true})
		expect[*wire.Accepted](small)
		took = append(took, time.Since(begun))
	}
	b.StopTimer()
	close(stop)
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
	b.ReportMetric(float64(<-gone)/b.Elapsed().Seconds(), "large/s")
}

// sendLarge submits large bodies until it is stopped, and returns how many.
func sendLarge(b *testing.B, s *running, large bool, stop chan struct{}) int {
	if !large {
		<-stop
		return 0
	}
	client, body := newClient(b, s), strings.Repeat("x", 16<<20)
	for n := 0; ; n++ {
		select {
		case <-stop:
			return n
		default:
		}
		client.say(&wire.Submit{Req: uint32(n), Spec: spec(), Quiet: true, Body: []byte(body)})
		expect[*wire.Accepted](client)
	}
}
