package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bcp/broker/admin/api"
)

// A submit whose answer is lost is asked again, and is one task.
func TestSubmitAgain(t *testing.T) {
	dir := t.TempDir()
	defer mustStart(t, dir)()
	c := newClient(t, losingFirst(t, dir))
	s := &submitter{client: c, patience: time.Minute, words: io.Discard}
	for _, key := range []string{"", "mine"} {
		got, err := s.submit(t.Context(), api.Submission{Worker: "nobody", Key: api.Given(key)})
		if err != nil {
			t.Fatal(err)
		}
		if got.Known {
			t.Errorf("key %q: the task is told to be known from before", key)
		}
	}
	var keys []string
	_, err := c.Tasks(t.Context(), api.List{}, func(task api.Task) error {
		keys = append(keys, task.Key)
		return nil
	})
	if err != nil || len(keys) != 2 || !strings.HasPrefix(keys[0], "bcp-ctl/") || keys[1] != "mine" {
		t.Errorf("tasks with the keys %q and %v: want two tasks, one with a key of its own", keys, err)
	}
}

// losingFirst stands before the broker in dir, whose first answer it loses.
func losingFirst(t *testing.T, dir string) (address string) {
	t.Helper()
	lost := false
	s := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "localhost"}) },
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, api.SocketName))
			},
		},
		ModifyResponse: func(*http.Response) error {
			if lost {
				return nil
			}
			lost = true
			return errors.New("the answer is lost")
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	})
	t.Cleanup(s.Close)
	return s.URL
}

func newClient(t *testing.T, address string) *api.Client {
	t.Helper()
	c, err := api.NewClient(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A broker that is away for a moment is asked again.
func TestSubmitOverARestart(t *testing.T) {
	dir := t.TempDir()
	told, words := io.Pipe()
	s := &submitter{client: newClient(t, "unix:"+filepath.Join(dir, api.SocketName)), patience: time.Hour, words: words}
	submitted := make(chan api.Submitted, 1)
	go func() {
		got, err := s.submit(t.Context(), api.Submission{Worker: "nobody"})
		if err != nil {
			t.Error(err)
		}
		submitted <- got
	}()
	if line, err := bufio.NewReader(told).ReadString('\n'); err != nil || !strings.Contains(line, "trying again") {
		t.Errorf("%q, %v", line, err)
	}
	defer mustStart(t, dir)()
	if got := <-submitted; got.ID == "" || got.Known {
		t.Errorf("submitted %+v", got)
	}
}

// Who gives up tells the key: the task may be there.
func TestSubmitGivesUp(t *testing.T) {
	s := &submitter{client: newClient(t, "unix:"+filepath.Join(t.TempDir(), "none.sock")), words: io.Discard}
	_, err := s.submit(t.Context(), api.Submission{Worker: "nobody"})
	if exitCode(err) != exitNoBroker || !regexp.MustCompile(`--key bcp-ctl/[A-Z2-7]{26}: `).MatchString(err.Error()) {
		t.Errorf("%v", err)
	}
}

func TestUnanswered(t *testing.T) {
	for code, want := range map[string]bool{
		api.CodeStopping: true, api.CodeFailed: true, api.CodeTimeout: true,
		api.CodeBusy: false, api.CodeBadRequest: false,
	} {
		if unanswered(api.Errorf(code, "refused")) != want {
			t.Errorf("%s: want %v", code, want)
		}
	}
}
