package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/bolt"
)

// largeBody is one that is written beside the loop.
func largeBody(letter string) string { return strings.Repeat(letter, 300<<10) }

func withKey(m *wire.Submit, key string) *wire.Submit {
	m.Spec.Key = key
	return m
}

// blobFiles counts the large payloads beside the journal.
func blobFiles(t *testing.T, path string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(bolt.BlobFolder(path), strings.Repeat("?", len(journal.ID{}.String()))))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// A large body and a large result are written once, beside the journal, and are
// there for everybody who asks; what is refused or known leaves nothing.
func TestLargePayloads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	st := openStore(t, path)
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	client.say(withKey(submit(1, largeBody("a")), "k"))
	id := expect[*wire.Accepted](client).Task
	client.say(withKey(submit(2, largeBody("a")), "k"))
	if a := expect[*wire.Accepted](client); a.Task != id || !a.Known {
		t.Errorf("accepted again as %+v", a)
	}
	client.say(withKey(submit(3, largeBody("b")), "k"))
	if m := expect[*wire.Refuse](client); m.Code != wire.CodeKeyConflict {
		t.Errorf("refused as %+v", m)
	}

	worker := newWorker(t, s, "w", 1)
	d := expect[*wire.Dispatch](worker)
	if string(d.Body) != largeBody("a") {
		t.Errorf("dispatched with %d bytes", len(d.Body))
	}
	worker.say(&wire.Outcome{Ref: d.Ref, Verdict: wire.VerdictDone, Payload: []byte(largeBody("r"))})
	expect[*wire.OutcomeAck](worker)
	if e := expect[*wire.Ended](client); string(e.Result) != largeBody("r") {
		t.Errorf("ended with %d bytes", len(e.Result))
	}
	client.say(&wire.EndedAck{Task: id}, &wire.Wait{Req: 4, Tasks: []journal.ID{id}})
	if e := expect[*wire.Ended](client); string(e.Result) != largeBody("r") {
		t.Errorf("told again with %d bytes", len(e.Result))
	}
	if err := errors.Join(s.stop(), st.Close()); err != nil {
		t.Fatal(err)
	}
	if n := blobFiles(t, path); n != 1 {
		t.Errorf("%d files are left, want that of the result", n)
	}
}

// While large bodies are being written, all at once, their sender's words wait behind
// them in order, but for beats, and nobody else does.
func TestLargeBodiesAreWrittenBesideTheLoop(t *testing.T) {
	st := newStore(t)
	entered := make(chan struct{})
	release := map[string]chan struct{}{largeBody("a"): make(chan struct{}), largeBody("b"): make(chan struct{})}
	st.stage.set(func(payload []byte) (journal.Blob, error) {
		entered <- struct{}{}
		<-release[string(payload)]
		return st.Store.Stage(payload)
	})
	s := start(t, testConfig(), st)
	slow, quick := newClient(t, s), newClient(t, s)
	slow.say(withKey(submit(1, largeBody("a")), "large"), &wire.Cancel{Req: 2, Key: "large"},
		withKey(submit(3, largeBody("b")), "next"), &wire.Query{Req: 4, Key: "next"}, &wire.Beat{})
	<-entered
	<-entered
	for _, body := range []string{"b", "a"} { // the later one is written first
		for req := range 3 {
			quick.say(submit(req, "small"))
			expect[*wire.Accepted](quick)
		}
		release[largeBody(body)] <- struct{}{}
	}
	if a := expect[*wire.Accepted](slow); a.Req != 1 {
		t.Errorf("accepted %+v", a)
	}
	if e := expect[*wire.Ended](slow); e.State != journal.Canceled {
		t.Errorf("ended %+v", e)
	}
	if m := expect[*wire.Status](slow); m.Req != 2 || m.Task.State != journal.Canceled {
		t.Errorf("status %+v", m)
	}
	if a := expect[*wire.Accepted](slow); a.Req != 3 {
		t.Errorf("accepted %+v", a)
	}
	if m := expect[*wire.Status](slow); m.Req != 4 || m.Task.State != journal.Pending {
		t.Errorf("status %+v", m)
	}
}

// blockStaging has each large payload wait to be released before it is written. It tells of
// each that begins its first letter.
func blockStaging(st *store) (begun chan string, release chan struct{}) {
	begun, release = make(chan string, 100), make(chan struct{})
	st.stage.set(func(payload []byte) (journal.Blob, error) {
		begun <- string(payload[:1])
		<-release
		return st.Store.Stage(payload)
	})
	return begun, release
}

// taken returns when the broker has taken in all that a peer has said: what makes no sense
// is refused at once, whatever waits.
func (p *peer) taken() {
	p.t.Helper()
	frames, err := wire.Encode(nil, p.dialect, &wire.Beat{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.sayFrames(append(frames, []byte("more")))
	if m := expect[*wire.Refuse](p); m.Code != wire.CodeMalformed {
		p.t.Errorf("refused as %+v", m)
	}
}

func (p *peer) sayLarge(n int, letter string) {
	for req := range n {
		p.say(submit(req, largeBody(letter)))
	}
}

// However many large bodies one has sent, that of another is not written behind them all.
func TestLargeBodiesOfSendersTakeTurns(t *testing.T) {
	st := newStore(t)
	begun, release := blockStaging(st)
	s := start(t, testConfig(), st)
	one, other := newClient(t, s), newClient(t, s)
	one.sayLarge(9, "a")
	one.taken()
	other.sayLarge(1, "b")
	other.taken()
	for range server.StageMax {
		<-begun
	}
	order := ""
	for range 2 {
		release <- struct{}{}
		order += <-begun
	}
	if !strings.Contains(order, "b") {
		t.Errorf("next were written %q", order)
	}
	close(release)
	for range 9 {
		expect[*wire.Accepted](one)
	}
	expect[*wire.Accepted](other)
}

// While nothing more is taken in, peers get their beats, and none of them is gone whose own
// beats are not read.
func TestBeatsWhileLargeBodiesWait(t *testing.T) {
	st := newStore(t)
	begun, release := blockStaging(st)
	cfg := testConfig()
	cfg.Core.Heartbeat, cfg.Core.Liveness = 10*time.Millisecond, 100
	s := start(t, cfg, st)
	if err := s.StageAtMost(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	client, worker := newClient(t, s), newWorker(t, s, "w", 1)
	client.sayLarge(1, "a")
	<-begun
	for range 2 * cfg.Core.Liveness {
		expect[*wire.Beat](worker)
	}
	s.until(t, "the worker is there", func(b *broker.Broker) bool { return len(b.Workers(broker.Instant{})) == 1 })
	close(release)
	for accepted := false; !accepted; { // beats come before it
		_, accepted = client.hear().(*wire.Accepted)
	}
}

// A worker that says nothing is found while there are always more large bodies than may wait:
// what peers say is read, a little at a time.
func TestSilenceWhileLargeBodiesCome(t *testing.T) {
	st := newStore(t)
	begun, release := blockStaging(st)
	cfg := testConfig()
	cfg.Core.Heartbeat, cfg.Core.Liveness = 10*time.Millisecond, 10
	s := start(t, cfg, st)
	if err := s.StageAtMost(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	client, worker := newClient(t, s), newWorker(t, s, "w", 1)
	const rounds = 20
	client.sayLarge(2*rounds, "a")
	<-begun
	for range 2 * cfg.Core.Liveness { // it says nothing to them, and all bodies arrive meanwhile
		expect[*wire.Beat](worker)
	}
	live := true
	for n := 0; live && n < rounds; n++ {
		if err := s.StayBehind(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		release <- struct{}{}
		<-begun
		err := s.Inspect(t.Context(), func(_ broker.Instant, b *broker.Broker) { live = b.Workers(broker.Instant{})[0].Live })
		if err != nil {
			t.Fatal(err)
		}
	}
	close(release)
	if live {
		t.Error("the worker is there")
	}
}

// What was left over for the next batch, and what comes meanwhile, take turns.
func TestLeftoversAndOthersTakeTurns(t *testing.T) {
	const changes = 100
	st := newStore(t)
	begun, release := blockStaging(st)
	s := start(t, testConfig(), st)
	client, other := newClient(t, s), newClient(t, s)
	client.say(submitBatch(1, 100))
	tasks := expect[*wire.BatchAccepted](client).Accepted
	other.say(submit(1, "small"))
	others := expect[*wire.Accepted](other)
	client.sayLarge(1, "a")
	<-begun
	client.say(holdAndRelease(tasks, changes)...)
	client.taken()

	var commits, heard atomic.Int32
	st.beforeCommit(func(records []journal.Record) error {
		if commits.Add(1) == 1 {
			other.say(holdAndRelease([]wire.Accepted{*others}, 1)...)
		}
		if slices.ContainsFunc(records, func(r journal.Record) bool { return r.Task == others.Task }) {
			heard.Store(commits.Load())
		}
		return nil
	})
	s.setRoom(t, st, tightRoom, true) // each commit is small
	close(release)
	for changed := 0; changed <= changes; {
		m, _ := client.hearEach()
		changed += len(m)
	}
	expect[*wire.Changed](other)
	if at, all := heard.Load(), commits.Load(); all < changes || at > changes/2 {
		t.Errorf("heard in commit %d of %d", at, all)
	}
}

// What waits to be written when the broker is stopped is not written any more.
func TestNoLargeBodyIsWrittenAfterAStop(t *testing.T) {
	st := newStore(t)
	begun, release := blockStaging(st)
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	client.sayLarge(20, "a")
	client.taken()
	for range server.StageMax {
		<-begun
	}
	stopped := make(chan error)
	go func() { stopped <- s.stop() }()
	expect[*wire.Leave](client)
	close(release)
	if err := <-stopped; err != nil || len(begun) > 0 {
		t.Errorf("%d payloads were begun after the stop: %v", len(begun), err)
	}
}

// A body that there is no room for is refused, and a result is tried again. That is logged,
// and not each time.
func TestLargePayloadWithoutRoom(t *testing.T) {
	noRoom := fmt.Errorf("stage 3 bytes: %w", journal.ErrFull)
	st := newStore(t)
	failing := func([]byte) (journal.Blob, error) { return journal.Blob{}, noRoom }
	var log bytes.Buffer
	s := startLogging(t, testConfig(), st, slog.NewTextHandler(&log, nil))
	client, worker := newClient(t, s), newWorker(t, s, "w", 1)
	client.say(submit(1, "small"))
	expect[*wire.Accepted](client)
	d := expect[*wire.Dispatch](worker)

	var turn atomic.Int32
	st.stage.set(func(payload []byte) (journal.Blob, error) {
		if turn.Add(1) <= 2 {
			return failing(payload)
		}
		return st.Store.Stage(payload)
	})
	client.say(withKey(submit(2, largeBody("a")), "k"))
	if m := expect[*wire.Refuse](client); m.Code != wire.CodeDiskFull || m.Req != 2 || !strings.Contains(m.Text, noRoom.Error()) {
		t.Errorf("refused as %+v", m)
	}
	done := &wire.Outcome{Ref: d.Ref, Verdict: wire.VerdictDone, Payload: []byte(largeBody("r"))}
	worker.say(done, done)
	expect[*wire.OutcomeAck](worker)
	if e := expect[*wire.Ended](client); string(e.Result) != largeBody("r") {
		t.Errorf("ended with %d bytes", len(e.Result))
	}
	if err := s.stop(); err != nil || strings.Count(log.String(), "cannot be written") != 1 {
		t.Errorf("stopped with %v, and logged that two payloads cannot be written:\n%s", err, &log)
	}
}

// A large payload for which there is no descriptor is written when there is one.
func TestLargePayloadWithoutADescriptor(t *testing.T) {
	st := newStore(t)
	tries := 0
	st.stage.set(func(payload []byte) (journal.Blob, error) {
		if tries++; tries < 3 {
			return journal.Blob{}, fmt.Errorf("open: %w", syscall.EMFILE)
		}
		return st.Store.Stage(payload)
	})
	s := start(t, testConfig(), st)
	employ(t, s, 1, 1)
	client := newClient(t, s)
	client.say(submit(1, largeBody("a")))
	expect[*wire.Accepted](client)
	expect[*wire.Started](client)
	if e := expect[*wire.Ended](client); string(e.Result) != largeBody("a") {
		t.Errorf("ended with %d bytes", len(e.Result))
	}
}

// A disk that fails under a large payload ends the broker as one that fails under a
// commit does: whoever sent it is told nothing, and asks again. That a disk is full says
// nothing of what is read from it.
func TestDiskFailsUnderALargePayload(t *testing.T) {
	unread := func(err error) func(*store) {
		return func(st *store) { st.body.set(func(journal.ID) ([]byte, error) { return nil, err }) }
	}
	for name, failing := range map[string]func(*store){
		"written":    func(st *store) { st.stage.set(func([]byte) (journal.Blob, error) { return journal.Blob{}, errDisk }) },
		"read":       unread(errDisk),
		"read, full": unread(fmt.Errorf("read blob: %w", journal.ErrFull)),
	} {
		t.Run(name, func(t *testing.T) {
			st := newStore(t)
			failing(st)
			s := start(t, coldConfig(), st)
			client, worker := newClient(t, s), newWorker(t, s, "w", 1)
			client.say(submit(1, largeBody("a")))
			err := s.wait()
			if !errors.Is(err, syscall.EIO) && !errors.Is(err, journal.ErrFull) {
				t.Fatalf("Run returned %v", err)
			}
			does, _, _ := strings.Cut(err.Error(), ":")
			if name == "written" && does != "write beside the journal" || name != "written" && does != "read the journal" {
				t.Errorf("Run returned %v", err)
			}
			if name != "written" {
				expect[*wire.Accepted](client)
			}
			heardNothing(t, client, s)
			heardNothing(t, worker, s)
		})
	}
}

// A batch is taken in when its large bodies are written, all or none.
func TestLargeBodiesOfABatch(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	client, worker := newClient(t, s), newWorker(t, s, "w", 3)
	client.say(&wire.SubmitBatch{Req: 1, Submits: []wire.Submit{
		*submit(0, largeBody("a")), *submit(0, "small"), *submit(0, largeBody("b")),
	}})
	expect[*wire.BatchAccepted](client)
	for _, want := range []string{largeBody("a"), "small", largeBody("b")} {
		if d := expect[*wire.Dispatch](worker); string(d.Body) != want {
			t.Errorf("dispatched with %d bytes, want %d", len(d.Body), len(want))
		}
	}
}

// A large body that an older build has accepted under a key is known, and another one is
// not: their digests are taken while they are written, and not by the loop.
func TestLargeBodyOfAnOlderBuild(t *testing.T) {
	st := newStore(t)
	older, body := withKey(submit(1, ""), "k"), largeBody("a")
	text := append(binary.BigEndian.AppendUint64(nil, uint64(1+len(older.Spec.Target.Name))), byte(older.Spec.Target.Kind))
	text = binary.BigEndian.AppendUint64(append(text, older.Spec.Target.Name...), 0)
	sum := sha256.Sum256(append(text, body...))
	copy(older.Spec.Digest[:], sum[:])
	if err := st.Commit([]journal.Record{{Task: journal.ID{5: 1}, Kind: journal.KindSubmit, Time: 1, Spec: older.Spec, Payload: []byte(body)}}); err != nil {
		t.Fatal(err)
	}
	client := newClient(t, start(t, testConfig(), st))
	client.say(withKey(submit(2, body), "k"))
	if m := expect[*wire.Accepted](client); !m.Known {
		t.Errorf("the same: %+v", m)
	}
	client.say(withKey(submit(3, largeBody("b")), "k"))
	if m := expect[*wire.Refuse](client); m.Code != wire.CodeKeyConflict {
		t.Errorf("another one: %+v", m)
	}
}
