package server_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"bcp/broker/wire"
)

// Who speaks no dialect is not answered; that is logged, and not each time.
func TestStrangersAreLogged(t *testing.T) {
	var log bytes.Buffer
	s := startLogging(t, testConfig(), newStore(t), slog.NewTextHandler(&log, nil))
	client := newClient(t, s.Endpoints()[0])
	client.sayFrames([][]byte{{}, []byte("MDPC01"), []byte("echo"), []byte("hello")})
	client.sayFrames([][]byte{[]byte("\x00\xff\n")})
	client.say(submit(1, "body"))
	expect[*wire.Accepted](client) // it has been heard, and so has all before
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	const want = `level=WARN msg="somebody speaks no dialect, and is not answered" messages=1 error="unsupported: header \"MDPC01\" names no dialect: BCPC02`
	if told := log.String(); strings.Count(told, "no dialect,") != 1 || !strings.Contains(told, want) {
		t.Errorf("logged:\n%swant once: %s", told, want)
	}
}
