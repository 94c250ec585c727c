package logging_test

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"bcp/cmd/internal/logging"
)

// Who logs doesn't wait for who reads, and all that is lost is told in the log.
func TestSinkOfALogThatNobodyReads(t *testing.T) {
	for format, count := range map[string]string{"text": " lines=", "json": `"lines":`} {
		from, to := io.Pipe()
		sink := logging.NewSink(to)
		log := parse(t, "--log-format", format).Logger(sink)
		const lines = 10_000
		for i := range lines {
			log.Info("said", "i", i)
		}
		sink.Close(0) // which doesn't wait, either
		go func() {
			sink.Close(time.Hour)
			_ = to.Close()
		}()
		said, lost := 0, 0
		for scan := bufio.NewScanner(from); scan.Scan(); {
			if _, number, told := strings.Cut(scan.Text(), count); told {
				more := 0
				_, _ = fmt.Sscanf(number, "%d", &more)
				lost += more
			} else {
				said++
			}
		}
		if lost == 0 || said+lost != lines {
			t.Errorf("%s: %d lines were written, and %d told to be lost, of %d", format, said, lost, lines)
		}
	}
}

func TestSinkWritesAll(t *testing.T) {
	var b strings.Builder
	sink := logging.NewSink(&b)
	log := parse(t).Logger(sink)
	log.Info("one")
	log.Info("two")
	sink.Close(time.Hour)
	if lines := strings.Split(strings.TrimSpace(b.String()), "\n"); len(lines) != 2 || !strings.HasSuffix(lines[1], "msg=two") {
		t.Errorf("logged %q", lines)
	}
}
