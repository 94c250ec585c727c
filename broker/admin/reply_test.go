package admin

import (
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bcp/broker/admin/api"
)

// timedAnswer knows how long each part of an answer may take.
type timedAnswer struct {
	*httptest.ResponseRecorder
	until   time.Time // of what is written next
	given   []time.Duration
	largest int // part, in bytes
}

func (a *timedAnswer) SetWriteDeadline(at time.Time) error {
	a.until = at
	return nil
}

func (a *timedAnswer) Write(b []byte) (int, error) {
	a.note()
	a.largest = max(a.largest, len(b))
	return a.ResponseRecorder.Write(b)
}

func (a *timedAnswer) Flush() {
	a.note()
	a.ResponseRecorder.Flush()
}

func (a *timedAnswer) note() {
	a.given = append(a.given, time.Until(a.until))
	a.until = time.Time{}
}

// Each part of an answer has a time of its own, so that who reads slowly is not cut off. It is
// short for who keeps others out.
func TestEachPartOfAnAnswerHasItsTime(t *testing.T) {
	r := newRig(t, &kept{Store: emptyStore()})
	id := r.submit(t, api.Submission{Worker: "w1", Body: make([]byte, 10*replyPiece)})
	h := quiet(r.server)
	for _, test := range []struct {
		method, path, body string
		least, most        time.Duration
	}{
		{http.MethodGet, "/v1/tasks", "", hurriedMax, unreadMax},
		{http.MethodGet, "/v1/tasks/" + id + "/body", "", hurriedMax, unreadMax},
		{http.MethodPost, "/v1/tasks/hold", `{"by":"me","ids":["` + id + `"]}`, hurriedMax, unreadMax},
		{http.MethodPost, "/v1/tasks/hold", `{"by":"me","ids":["` + id + `"]` + strings.Repeat(" ", bodyUnit) + "}", 0, hurriedMax},
		{http.MethodPost, "/v1/journal/backup", `{"path":"/x.db"}`, 0, hurriedMax},
		{http.MethodPost, "/v1/journal/compact", "{}", 0, hurriedMax},
		{http.MethodPost, "/v1/journal/export", "{}", 0, hurriedMax},
	} {
		a := &timedAnswer{ResponseRecorder: httptest.NewRecorder()}
		q := httptest.NewRequest(test.method, "http://localhost"+test.path, strings.NewReader(test.body))
		q.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(a, q)
		if a.Code != http.StatusOK || len(a.given) == 0 || a.largest > replyPiece {
			t.Errorf("%s: %d, %d parts, the largest of %d bytes: %.100s", test.path, a.Code, len(a.given), a.largest, a.Body)
		}
		for _, given := range a.given {
			if given <= test.least || given > test.most {
				t.Errorf("%s, request of %d bytes: a part may take %v", test.path, len(test.body), given)
			}
		}
	}
}

// Who has stopped reading of a payload is cut off, and the log says that and no more: the payload
// can be read.
func TestReaderOfAPayloadThatHasStopped(t *testing.T) {
	told := unread(t, time.Millisecond, func(h *handler, w http.ResponseWriter, r *http.Request) {
		h.writeBytes(w, r, zeros{}, math.MaxInt)
	})
	if strings.Count(told, "\n") != 1 || !strings.Contains(told, "its reader takes nothing of it") {
		t.Errorf("the log says %q", told)
	}
}

// unread has an answer made to who reads nothing of it, and returns what the log says then.
func unread(t *testing.T, patient time.Duration, answer func(*handler, http.ResponseWriter, *http.Request)) string {
	t.Helper()
	var log strings.Builder
	ended, h := make(chan struct{}), &handler{log: slog.New(slog.NewTextHandler(&log, nil))}
	s := httptest.NewServer(patiently(patient, h.log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		answer(h, w, r)
	})))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-ended
	s.Close() // when all is served
	return log.String()
}
