package answer

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"bcp/broker"
	"bcp/broker/view"
	"bcp/journal"
)

// sampleTime is 2026-01-31T12:00:00.007Z.
const sampleTime view.Time = 1769860800007

const sampleID = "01KG9MA8G00000000000000001"

func TestExplanationAsJSON(t *testing.T) {
	now := broker.Instant{Mono: time.Hour, WallMS: int64(sampleTime)}
	one := journal.Dependency{Task: ulid.MustParse(sampleID), Wants: journal.WantsFailure}
	for want, e := range map[string]broker.Explanation{
		`"now":"2026-01-31T12:00:00.007Z","candidate_count":0}`: {},
		`"broker_stopping":true,"waits_for":[{"id":"` + sampleID + `","wants":"failed","state":"pending","held":true}],"candidate_count":0}`: {
			Stopping: true, Waits: []broker.Waiting{{Dependency: one, State: journal.Pending, Held: true}},
		},
		`"queue":{"before":2,"cut":true,"length":3},"candidates":[{"name":"w1","state":"draining","slots":2,"busy":1}],"candidate_count":101,` +
			`"next":{"at":"2026-01-31T12:00:01.007Z","reason":"queue-timeout","state":"failed"}}`: {
			Place: broker.Place{Before: 2, Cut: true, Length: 3}, Workers: 101,
			Candidates: []broker.Standing{{Name: "w1", Live: true, Draining: true, Slots: 2, Busy: 1}},
			Next:       &broker.Deadline{In: time.Second, Why: journal.ReasonQueueTimeout, Then: journal.Failed},
		},
		`"next":{"at":"2026-01-31T12:00:01.007Z","reason":"silence","held":true,"state":"pending"},` +
			`"life":{"at":"2026-01-31T12:01:00.007Z","reason":"life-timeout","state":"failed"}}`: {
			Next: &broker.Deadline{In: time.Second, Why: journal.ReasonSilence, Then: journal.Pending, Held: true},
			Life: &broker.Deadline{In: time.Minute, Why: journal.ReasonLifeTimeout, Then: journal.Failed},
		},
		`"holder":{"name":"w1","state":"away","slots":0,"busy":1,"lost_at":"2026-01-31T12:00:30.007Z"},` +
			`"next":{"at":"2026-01-31T12:00:00.007Z","state":"pending"}}`: {
			Holder: &broker.Standing{Name: "w1", Busy: 1, Grace: 30 * time.Second},
			Next:   &broker.Deadline{Then: journal.Pending},
		},
	} {
		v := newExplanation(now, &e)
		v.Reasons = nil // they follow from the rest
		got, err := json.Marshal(v)
		if err != nil || !strings.HasSuffix(string(got), want) {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	}
}

func TestWorker(t *testing.T) {
	info := broker.WorkerInfo{Name: "w", Dialect: "BCP/2", Slots: 2, Busy: 1, Live: true, Heard: time.Second, Since: time.Minute}
	got, err := json.Marshal(NewWorker(&info, int64(sampleTime)))
	const want = `{"name":"w","state":"live","dialect":"BCP/2","services":[],"slots":2,"busy":1,` +
		`"heard_at":"2026-01-31T11:59:59.007Z","registered_at":"2026-01-31T11:59:00.007Z","tasks":[]}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
	info.Dialect = "" // it is awaited since a restart
	got, err = json.Marshal(NewWorker(&info, int64(sampleTime)))
	if err != nil || strings.Contains(string(got), "heard_at") || strings.Contains(string(got), "registered_at") {
		t.Errorf("%s, %v: of one that has said nothing since the restart", got, err)
	}
	info.Draining = true
	if s := NewWorker(&info, 0).State; s != view.WorkerDraining {
		t.Errorf("state %s of a worker that wants no more", s)
	}
	info.Live = false
	if s := NewWorker(&info, 0).State; s != view.WorkerAway {
		t.Errorf("state %s of a worker that is away", s)
	}
}
