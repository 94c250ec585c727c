package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// The journal's name is asked for where it is printed: words name no file.
func TestCompactAsksForTheNameItPrints(t *testing.T) {
	const compact, status = "/v1/journal/compact", "/v1/status"
	for format, want := range map[string][]string{"table": {compact}, "name": {status, compact}} {
		var asked []string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.Path)
			if r.URL.Path == compact {
				fmt.Fprintln(w, `{"item":{"compacted":{"before":2,"after":1}}}`)
				fmt.Fprintln(w, `{"end":{"items":1}}`)
				return
			}
			fmt.Fprintln(w, `{"journal":"bcp.db"}`)
		}))
		if code := run([]string{"--admin", s.URL, "journal", "compact", "-o", format}, t.Output()); code != exitFine || !slices.Equal(asked, want) {
			t.Errorf("-o %s: exit code %d, asked for %v: %v is right", format, code, asked, want)
		}
		s.Close()
	}
}
