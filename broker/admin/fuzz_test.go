package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"bcp/broker/admin/api"
	"bcp/broker/server"
	"bcp/scripts/mutants"
)

// fuzzPaths are the resources that answer at once.
var fuzzPaths = []string{
	"POST /v1/tasks", "POST /v1/batches", "GET /v1/tasks", "GET /v1/tasks/count", "POST /v1/tasks/cancel", "POST /v1/tasks/hold",
	"POST /v1/tasks/release", "POST /v1/tasks/edit", "POST /v1/tasks/move", "POST /v1/tasks/retry", "POST /v1/tasks/drop",
	"POST /v1/limits/set", "POST /v1/limits/unset", "GET /v1/limits", "GET /v1/workers", "GET /v1/queues", "GET /v1/status",
	"POST /v1/replay", "GET /v1/tasks/key=k", "GET /v1/tasks/key=k/explain", "GET /v1/tasks/key=k/history",
}

// FuzzRequest sends any query and body to each resource of a running broker: it answers
// with JSON, and a request that is wrong is never the broker's failure. The first byte of
// an input chooses the resource, and the end of a line is between query and body.
func FuzzRequest(f *testing.F) {
	var seeds [][]byte
	for i, body := range []string{
		`{"service":"s","key":"k","body":"aGk=","after":["key=k:any"],"labels":{"a":"b"},"options":{"tries":3,"run_timeout":"2h"}}`,
		`{"tasks":[{"service":"s"},{"worker":"w","after":["1"]}]}`, "", "", `{"ids":["key=k"],"reason":"x"}`, `{"filter":{"state":["failed"]},"dry_run":true}`,
		`{"ids":["K"]}`, `{"ids":["K"],"edit":{"set":{"priority":10},"clear":["where"]}}`, `{"ids":["K"],"edit":{"worker":"w2"}}`,
		`{"ids":["K"],"new_key":"k2"}`, `{"ids":[]}`, `{"id":"service/s","running":3,"rate":"2.5"}`, `{"id":"service/s"}`,
	} {
		seeds = append(seeds, fmt.Appendf(nil, "%c%s\n%s", byte(i), "filter=state%3Dpending&limit=3&sort=-state", body))
	}
	h := fuzzHandler(f)
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		which, rest := byte(0), input
		if len(input) > 0 {
			which, rest = input[0], input[1:]
		}
		query, body, _ := bytes.Cut(rest, []byte("\n"))
		method, path, _ := strings.Cut(fuzzPaths[int(which)%len(fuzzPaths)], " ")
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path, RawQuery: string(query)}, Host: "localhost", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		}
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
	s, err := server.New(server.Config{Listen: []string{"ipc://" + filepath.Join(f.TempDir(), "b")}}, emptyStore(), slog.New(slog.DiscardHandler))
	if err != nil {
		f.Fatal(err)
	}
	background(f, s.Run)
	return quiet(s)
}

// FuzzAddress reads any text as an address of the API: what is accepted is written in
// a way that reads the same.
func FuzzAddress(f *testing.F) {
	seeds := mutants.Texts("unix:/run/bcp.sock", "http://127.0.0.1:80", "http://[::1]:80", "unix:", "")
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		s := string(input)
		a, err := api.ParseAddress(s)
		if err != nil {
			return
		}
		if again, err := api.ParseAddress(a.String()); err != nil || again != a {
			t.Errorf("%q is %+v, and then %+v, %v", s, a, again, err)
		}
	})
}
