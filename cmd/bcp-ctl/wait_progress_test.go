//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/sys/unix"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// openTerminal returns a terminal, and what is to be read of it.
func openTerminal(t *testing.T) (shown, terminal *os.File) {
	t.Helper()
	shown, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { _ = shown.Close() })
	fd := int(shown.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return shown, terminal
}

// A terminal is shown what people can follow, and not each of a million items.
func TestProgressIsDrawnNowAndThen(t *testing.T) {
	shown, terminal := openTerminal(t)
	frames := make(chan int)
	go func() {
		text, _ := io.ReadAll(shown) // ends when the terminal is closed
		frames <- strings.Count(string(text), "items")
	}()
	bar := newProgress(-1, terminal, nil)
	const items = 5000
	for n := range int64(items) {
		bar.tell(fmt.Sprintf("%d items", n), n)
	}
	bar.over()
	_ = terminal.Close()
	if n := <-frames; n == 0 || n > items/2 {
		t.Errorf("%d pictures of %d items", n, items)
	}
}

// going is a broker with one task, which ends when it is told to. Each look at it
// shows the next of its states; the last one stays.
type going struct {
	mu     sync.Mutex
	states []api.Task
	ended  chan struct{}
}

func (g *going) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/wait") {
		select {
		case <-g.ended:
		case <-r.Context().Done():
		}
		_ = json.NewEncoder(w).Encode(api.Task{ID: "T1", State: "done", Ended: true})
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = json.NewEncoder(w).Encode(g.states[0])
	if len(g.states) > 1 {
		g.states = g.states[1:]
	}
}

// readUntil reads until all the texts have been seen, in their order, and returns what was
// seen behind the one before the last.
func readUntil(t *testing.T, f *os.File, texts ...string) (seen string) {
	t.Helper()
	buf := make([]byte, 4096)
	for i, text := range texts {
		if i > 0 {
			_, seen, _ = strings.Cut(seen, texts[i-1])
		}
		for !strings.Contains(seen, text) {
			n, err := f.Read(buf)
			if err != nil {
				t.Fatalf("%v, before %q: %q", err, text, seen)
			}
			seen += string(buf[:n])
		}
	}
	return seen
}

// On a terminal a wait shows how far the task is, whether it says so or not, and an
// array by its members.
func TestWaitShowsProgress(t *testing.T) {
	running := func(p *api.Progress) api.Task { return api.Task{ID: "T1", State: "running", Progress: p} }
	g := &going{ended: make(chan struct{}), states: []api.Task{
		{ID: "T1", State: "pending", Held: true},
		running(&api.Progress{Fraction: -1, Text: "begins"}),
		running(&api.Progress{Fraction: 0.4, Text: "counting \x1b rows", Pairs: map[string]string{"last": "row-7"}}),
		running(&api.Progress{Fraction: 1, Text: "is about to end"}),
		{ID: "T1", State: "running", Members: &journal.Numbers{Members: 20, Done: 3, Failed: 2, Out: 2, Waiting: 13}},
	}}
	s := httptest.NewServer(g)
	defer s.Close()
	shown, terminal := openTerminal(t)
	w := newWaiter(newClient(t, s.URL), 0, terminal)
	w.every = time.Millisecond
	w.ordinal = ordinalText(1, 3)
	ended := make(chan error, 1)
	go func() {
		_, err := w.wait(t.Context(), "T1")
		ended <- err
	}()
	readUntil(t, shown, "2/3 T1 pending (held)", "T1 running: begins", "running: counting \\x1b rows (last=row-7)  40% |██████████  ",
		"is about to end  99% |", "3 of 20 members done, 2 failed, 2 out, 13 waiting  25% |", "\r ")
	close(g.ended)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A line that were broken could not be written over by the next one.
func TestWaitFitsTerminal(t *testing.T) {
	const columns = 48
	state := api.Task{ID: "T1", State: "running", Members: &journal.Numbers{Members: 6000, Done: 1500, Failed: 200, Out: 20, Waiting: 4280}}
	shown, terminal := openTerminal(t)
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	lines := standing{words: terminal}
	for _, said := range []string{"生命生命生命生命生命生命生命生命生命生命生命生命生命", "short", strings.Repeat("long ", 20)} {
		lines.show(&state, "2/3 ")
		lines.show(&api.Task{ID: "T1", State: "running", Progress: &api.Progress{Fraction: 0.4, Text: said}}, "")
		lines.show(&api.Task{ID: "T1", State: "running", Progress: &api.Progress{Fraction: -1, Text: said}}, "")
	}
	const id = "01KG9MA8G00000000000000001"
	lines.show(&api.Task{ID: id, State: "running"}, "")
	lines.show(&api.Task{ID: id, State: "running"}, "22/33 ")
	lines.clear()
	fmt.Fprintln(terminal, "\rend")
	seen := readUntil(t, shown, "end")
	for line := range strings.SplitSeq(seen, "\r") {
		if wide := text.StringWidth(line); wide > columns {
			t.Errorf("%d columns: %q", wide, line)
		}
	}
	for _, want := range []string{"2/3 T1 running: 1500 of 6000 ...  28% |", "T1 running: short  40% |", id + " ru...", " 22/33 running"} {
		if !strings.Contains(seen, want) {
			t.Errorf("%q is not shown: %q", want, seen)
		}
	}
}

// Where there is no terminal nothing is shown.
func TestWaitShowsNothingElsewhere(t *testing.T) {
	_, terminal := openTerminal(t)
	for where, words := range map[bool]io.Writer{true: terminal, false: new(strings.Builder)} {
		if w := newWaiter(nil, 0, words); w.terminal != where {
			t.Errorf("%T is a terminal: %v", words, w.terminal)
		}
	}
}
