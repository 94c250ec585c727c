package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
)

// gearmand is a job server. It keeps background jobs alone in its database, and tells
// nobody of their ends: so an end is a background job for the client.
//
//	SUBMIT_JOB_BG tasks --> GRAB_JOB by a worker --> SUBMIT_JOB_BG told-N, WORK_COMPLETE
//	client N <------------------------- GRAB_JOB, WORK_COMPLETE
type gearmand struct{ address string }

// Packets of its binary protocol that are used here.
const (
	canDo        = 1
	preSleep     = 4
	noop         = 6
	jobCreated   = 8
	grabJob      = 9
	noJob        = 10
	jobAssign    = 11
	workComplete = 13
	submitJobBG  = 18
)

// gearmandTasks is how many are in the server at most: it takes the submits one by one,
// each with syncs of its own, before it looks at the workers.
const gearmandTasks = 64

func (g *gearmand) outstandingMax() int { return gearmandTasks }

func (g *gearmand) note() string {
	return fmt.Sprintf("background jobs in libsqlite3, at most %d at a time; it tells no start, and the end is a background job for the client", gearmandTasks)
}

func (g *gearmand) start(ctx context.Context, s *servers, dir string) (err error) {
	g.address, err = s.startAt(ctx, func(port string) []string {
		return []string{
			"gearmand", "--listen", "127.0.0.1", "--port", port, "--log-file", "stderr", "--file-descriptors", "8192",
			"--queue-type", "libsqlite3", "--libsqlite3-db", filepath.Join(dir, "queue.db"),
		}
	})
	return err
}

// packets is a connection to gearmand.
//
//	+-------+------+------+---------------------------+
//	| \0REQ | type | size | arguments, \0 between them |
//	+-------+------+------+---------------------------+
type packets struct {
	net.Conn
	in  *bufio.Reader
	out []byte
}

func (g *gearmand) open(ctx context.Context) (*packets, error) {
	conn, err := dial(ctx, g.address)
	if err != nil {
		return nil, err
	}
	return &packets{Conn: conn, in: bufio.NewReader(conn)}, nil
}

// add adds a packet to what is written next.
func (p *packets) add(kind uint32, args ...[]byte) {
	body := bytes.Join(args, []byte{0})
	p.out = append(p.out, "\x00REQ"...)
	p.out = binary.BigEndian.AppendUint32(p.out, kind)
	p.out = binary.BigEndian.AppendUint32(p.out, uint32(len(body)))
	p.out = append(p.out, body...)
}

func (p *packets) flush() error {
	_, err := p.Write(p.out)
	p.out = p.out[:0]
	return err
}

func (p *packets) read() (kind uint32, body []byte, err error) {
	var head [12]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return 0, nil, err
	}
	body = make([]byte, binary.BigEndian.Uint32(head[8:]))
	_, err = io.ReadFull(p.in, body)
	return binary.BigEndian.Uint32(head[4:]), body, err
}

// serve grabs jobs of a function and has done say what is sent of each, before
// the wish for the next.
func (p *packets) serve(function string, done func(handle, body []byte)) error {
	p.add(canDo, []byte(function))
	p.add(grabJob)
	for {
		if err := p.flush(); err != nil {
			return err
		}
		kind, body, err := p.read()
		if err != nil {
			return err
		}
		switch kind {
		case jobAssign:
			args := bytes.SplitN(body, []byte{0}, 3)
			if len(args) != 3 {
				return fmt.Errorf("job %q", body)
			}
			done(args[0], args[2])
			p.add(workComplete, args[0], nil)
			p.add(grabJob)
		case noJob:
			p.add(preSleep)
		case noop:
			p.add(grabJob)
		case jobCreated: // of the job that tells an end
		default:
			return fmt.Errorf("packet %d: %q", kind, body)
		}
	}
}

func (g *gearmand) worker(ctx context.Context, _ int, fail func(error)) error {
	p, err := g.open(ctx)
	if err != nil {
		return err
	}
	go func() {
		fail(p.serve("tasks", func(_, body []byte) {
			client, _, _ := bytes.Cut(body, []byte(" "))
			p.add(submitJobBG, append([]byte("told-"), client...), nil, []byte("end"))
		}))
	}()
	return nil
}

func (g *gearmand) client(ctx context.Context, n int, ended func(), fail func(error)) (func(int, []byte) error, error) {
	told, err := g.open(ctx)
	if err != nil {
		return nil, err
	}
	submits, err := g.open(ctx)
	if err != nil {
		return nil, err
	}
	go func() { fail(told.serve(fmt.Sprint("told-", n), func(_, _ []byte) { ended() })) }()
	go func() {
		for {
			if kind, body, err := submits.read(); err != nil || kind != jobCreated {
				fail(fmt.Errorf("submit: packet %d: %q, error %v", kind, body, err))
				return
			}
		}
	}()
	return func(tasks int, body []byte) error {
		for range tasks {
			submits.add(submitJobBG, []byte("tasks"), nil, fmt.Appendf(nil, "%d %s", n, body))
		}
		return submits.flush()
	}, nil
}
