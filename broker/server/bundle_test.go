package server_test

import (
	"fmt"
	"slices"
	"testing"

	"bcp/broker/wire"
)

// hearEach returns the messages that come next, of a bundle or a single one.
func (p *peer) hearEach() (messages []wire.Message, bundled bool) {
	p.t.Helper()
	frames := p.hearFrames()
	take := func(frames [][]byte) {
		_, m, err := wire.Decode(frames, wire.ToPeer)
		if err != nil {
			p.t.Fatal(err)
		}
		messages = append(messages, m)
	}
	if _, bundled = wire.IsBundle(frames); !bundled {
		take(frames)
	} else if err := wire.Unbundle(frames, take); err != nil {
		p.t.Fatal(err)
	}
	return messages, bundled
}

// bundleOf makes one of messages.
func (p *peer) bundleOf(messages ...wire.Message) [][]byte {
	p.t.Helper()
	var b wire.Bundle
	for _, m := range messages {
		frames, err := wire.Encode(nil, p.dialect, m)
		if err != nil || !b.Add(frames) {
			p.t.Fatalf("%T is not added to a bundle: %v", m, err)
		}
	}
	return [][]byte{b.Frame()}
}

// Who sends bundles is sent bundles, with every message in its order; who sends none
// gets none.
func TestBundles(t *testing.T) {
	const tasks = 50
	s := start(t, testConfig(), newStore(t))
	employ(t, s, 1, tasks)
	plain, client := newClient(t, s), newClient(t, s)
	plain.say(submit(1, "one"))
	var ask []wire.Message
	for i := range tasks {
		ask = append(ask, submit(i+1, fmt.Sprint(i)))
	}
	client.sayFrames(client.bundleOf(ask...))
	told := map[string][]string{}
	for ended, n := 0, 0; ended < tasks; n++ {
		messages, bundled := client.hearEach()
		if !bundled {
			t.Fatalf("message %d is in no bundle", n)
		}
		for _, m := range messages {
			id, what := wordOf(m)
			told[id] = append(told[id], what)
			if what == "ended" {
				ended++
			}
		}
	}
	for id, got := range told {
		if !slices.Equal(got, []string{"accepted", "started", "ended"}) {
			t.Errorf("task %s: told %v", id, got)
		}
	}
	for range 3 {
		if _, bundled := plain.hearEach(); bundled {
			t.Error("a peer that has sent no bundle got one")
		}
	}
}

func wordOf(m wire.Message) (id, what string) {
	switch m := m.(type) {
	case *wire.Accepted:
		return m.Task.String(), "accepted"
	case *wire.Started:
		return m.Task.String(), "started"
	case *wire.Ended:
		return m.Task.String(), "ended"
	}
	return "", fmt.Sprintf("%T", m)
}

// What has no room in a bundle comes between the others.
func TestLargeMessageKeepsItsPlace(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	employ(t, s, 1, 1)
	client := newClient(t, s)
	client.sayFrames([][]byte{wire.EmptyBundle(wire.BCP2Client)})
	client.say(submit(1, string(make([]byte, 20<<10))))
	var got []string
	for len(got) < 3 {
		messages, _ := client.hearEach()
		for _, m := range messages {
			_, what := wordOf(m)
			got = append(got, what)
		}
	}
	if !slices.Equal(got, []string{"accepted", "started", "ended"}) {
		t.Errorf("told %v", got)
	}
}

func TestBadBundlesAreRefused(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	client := newClient(t, s)
	whole := client.bundleOf(submit(1, "never"))[0]
	nested := append(wire.EmptyBundle(wire.BCP2Client), 0, 0, 0, 7)
	nested = append(append(nested, wire.EmptyBundle(wire.BCP2Client)...), 0, 0, 0, 0)
	for what, c := range map[string]struct {
		frames [][]byte
		code   wire.Code
	}{
		"cut":        {[][]byte{whole[:len(whole)-1]}, wire.CodeMalformed},
		"two frames": {[][]byte{whole, []byte("more")}, wire.CodeMalformed},
		"nested":     {[][]byte{nested}, wire.CodeUnsupported},
		"too large":  {[][]byte{append(whole, make([]byte, wire.MaxBundle)...)}, wire.CodeTooLarge},
	} {
		client.sayFrames(c.frames)
		messages, _ := client.hearEach()
		if no, ok := messages[0].(*wire.Refuse); !ok || no.Code != c.code {
			t.Errorf("%s: answered with %+v, want %v", what, messages[0], c.code)
		}
	}
}
