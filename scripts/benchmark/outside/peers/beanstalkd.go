package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// beanstalkd is a work queue with a log that is synced for every write.
//
//	put in tube tasks --> reserve by a worker --> put in tube told-N, delete
//	client N <--------------------- reserve, delete
type beanstalkd struct{ address string }

func (b *beanstalkd) note() string {
	return "-b -f0; has no results and tells no start: the end is a job in a tube of the client"
}

func (b *beanstalkd) start(ctx context.Context, s *servers, dir string) (err error) {
	b.address, err = s.startAt(ctx, func(port string) []string {
		return []string{"beanstalkd", "-l", "127.0.0.1", "-p", port, "-b", dir, "-f0"}
	})
	return err
}

// line is a connection of a protocol that answers in lines.
type line struct {
	net.Conn
	in *bufio.Reader
}

// read reads one answer, which begins with want.
func (l *line) read(want string) (words []string, err error) {
	text, err := l.in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	words = strings.Fields(text)
	if len(words) == 0 || words[0] != want {
		return nil, fmt.Errorf("answer %q, want %s", text, want)
	}
	return words, nil
}

// reserved reads a job.
func (l *line) reserved() (id string, body []byte, err error) {
	words, err := l.read("RESERVED")
	if err != nil {
		return "", nil, err
	}
	if len(words) != 3 {
		return "", nil, fmt.Errorf("answer %q", words)
	}
	size, err := strconv.Atoi(words[2])
	if err != nil {
		return "", nil, err
	}
	body = make([]byte, size+len("\r\n"))
	_, err = io.ReadFull(l.in, body)
	return words[1], body[:size], err
}

// open connects, and has new jobs go to one tube and those of another come.
func (b *beanstalkd) open(ctx context.Context, use, watch string) (*line, error) {
	conn, err := dial(ctx, b.address)
	if err != nil {
		return nil, err
	}
	l := &line{conn, bufio.NewReader(conn)}
	fmt.Fprintf(l, "use %s\r\nwatch %s\r\nignore default\r\n", use, watch)
	for _, want := range []string{"USING", "WATCHING", "WATCHING"} {
		if _, err := l.read(want); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (b *beanstalkd) worker(ctx context.Context, _ int, fail func(error)) error {
	l, err := b.open(ctx, "default", "tasks")
	if err != nil {
		return err
	}
	go func() { fail(serveJobs(l)) }()
	return nil
}

// serveJobs takes jobs. The end of one and the wish for the next go out together.
func serveJobs(l *line) error {
	if _, err := fmt.Fprint(l, "reserve\r\n"); err != nil {
		return err
	}
	for {
		id, body, err := l.reserved()
		if err != nil {
			return err
		}
		client, _, _ := strings.Cut(string(body), " ")
		_, err = fmt.Fprintf(l, "use told-%s\r\nput 0 0 600 %d\r\n%s\r\ndelete %s\r\nreserve\r\n", client, len(id), id, id)
		if err != nil {
			return err
		}
		for _, want := range []string{"USING", "INSERTED", "DELETED"} {
			if _, err := l.read(want); err != nil {
				return err
			}
		}
	}
}

func (b *beanstalkd) client(ctx context.Context, n int, ended func(), fail func(error)) (func(int, []byte) error, error) {
	puts, err := b.open(ctx, "tasks", "none")
	if err != nil {
		return nil, err
	}
	told, err := b.open(ctx, "none", fmt.Sprint("told-", n))
	if err != nil {
		return nil, err
	}
	go func() { fail(takeInserted(puts)) }()
	go func() { fail(takeEnds(told, ended)) }()
	var out []byte
	return func(tasks int, body []byte) error {
		out = out[:0]
		job := fmt.Sprintf("%d %s", n, body)
		for range tasks {
			out = fmt.Appendf(out, "put 0 0 600 %d\r\n%s\r\n", len(job), job)
		}
		_, err := puts.Write(out)
		return err
	}, nil
}

func takeInserted(l *line) error {
	for {
		if _, err := l.read("INSERTED"); err != nil {
			return err
		}
	}
}

func takeEnds(l *line, ended func()) error {
	if _, err := fmt.Fprint(l, "reserve\r\n"); err != nil {
		return err
	}
	for {
		id, _, err := l.reserved()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(l, "delete %s\r\nreserve\r\n", id); err != nil {
			return err
		}
		ended()
		if _, err := l.read("DELETED"); err != nil {
			return err
		}
	}
}
