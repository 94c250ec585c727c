package admin

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"bcp/broker/admin/api"
	"bcp/broker/server"
)

// fuzzPaths are the resources that answer at once.
var fuzzPaths = []string{
	"POST /v1/tasks", "POST /v1/batches", "GET /v1/tasks", "GET /v1/tasks/count", "POST /v1/tasks/cancel", "POST /v1/tasks/hold",
	"POST /v1/tasks/release", "POST /v1/tasks/edit", "POST /v1/tasks/move", "POST /v1/tasks/retry", "POST /v1/tasks/drop",
	"POST /v1/limits/set", "POST /v1/limits/unset", "GET /v1/limits", "GET /v1/workers", "GET /v1/queues", "GET /v1/status",
	"POST /v1/replay", "GET /v1/tasks/key=k", "GET /v1/tasks/key=k/explain", "GET /v1/tasks/key=k/history",
}

// FuzzRequest sends any query and body to each resource of a running broker: it
// answers with JSON, and a request that is wrong is never the broker's failure.
func FuzzRequest(f *testing.F) {
	for i, body := range []string{
		`{"service":"s","key":"k","body":"aGk=","after":["key=k:any"],"labels":{"a":"b"},"options":{"tries":3,"run_timeout":"2h"}}`,
		`{"tasks":[{"service":"s"},{"worker":"w","after":["1"]}]}`, "", "", `{"ids":["key=k"],"reason":"x"}`, `{"filter":{"state":["failed"]},"dry_run":true}`,
		`{"ids":["K"]}`, `{"ids":["K"],"edit":{"set":{"priority":10},"clear":["where"]}}`, `{"ids":["K"],"edit":{"worker":"w2"}}`,
		`{"ids":["K"],"new_key":"k2"}`, `{"ids":[]}`, `{"id":"service/s","running":3,"rate":"2.5"}`, `{"id":"service/s"}`,
	} {
		f.Add(uint8(i), "filter=state%3Dpending&limit=3&sort=-state", []byte(body))
	}
	h := fuzzHandler(f)
	f.Fuzz(func(t *testing.T, which uint8, query string, body []byte) {
		method, path, _ := strings.Cut(fuzzPaths[int(which)%len(fuzzPaths)], " ")
		r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(string(body)))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		for line := range strings.Lines(w.Body.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("answered with %q", line)
			}
		}
	})
}

// fuzzHandler is that of a broker that runs until the end of the target.
func fuzzHandler(f *testing.F) http.Handler {
	log := slog.New(slog.DiscardHandler)
	s, err := server.New(server.Config{Listen: []string{"ipc://" + filepath.Join(f.TempDir(), "b")}}, emptyStore(), log)
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	f.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			f.Error(err)
		}
	})
	return New(s, log, Info{})
}

// FuzzAddress reads any text as an address of the API: what is accepted is written in
// a way that reads the same.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"unix:/run/bcp.sock", "http://127.0.0.1:80", "http://[::1]:80", "unix:", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := api.ParseAddress(s)
		if err != nil {
			return
		}
		if again, err := api.ParseAddress(a.String()); err != nil || again != a {
			t.Errorf("%q is %+v, and then %+v, %v", s, a, again, err)
		}
	})
}
