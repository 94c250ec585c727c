package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	_ "embed"

	"bcp/broker/zmtp"
	"bcp/scripts/benchmark/internal/inflow"
)

// majordomo is a broker of the Majordomo Protocol (ZeroMQ RFC 7) that keeps nothing: as
// plain as one that is written in an afternoon, in Python or in C.
//
//	client --MDPC01 request--> broker --MDPW01 REQUEST--> worker
//	       <--reply----------         <--REPLY-----------
type majordomo struct {
	python  bool
	address string
}

//go:embed programs/majordomo.py
var majordomoPython []byte

//go:embed programs/majordomo.c
var majordomoC []byte

// beatEvery is how often a worker says that it lives.
const beatEvery = 2 * time.Second

// Commands of RFC 7 for workers.
const (
	mdpReady     = "\x01"
	mdpRequest   = "\x02"
	mdpReply     = "\x03"
	mdpHeartbeat = "\x04"
)

func (m *majordomo) note() string {
	return "keeps nothing; tells no start; a request and its reply are all"
}

func (m *majordomo) start(ctx context.Context, s *servers, dir string) error {
	program, err := m.build(ctx, dir)
	if err != nil {
		return err
	}
	m.address, err = s.startAt(ctx, func(port string) []string { return append(program, "tcp://127.0.0.1:"+port) })
	return err
}

// build writes the broker into the folder and returns how it is started.
func (m *majordomo) build(ctx context.Context, dir string) ([]string, error) {
	if m.python {
		path := filepath.Join(dir, "majordomo.py")
		return []string{"/usr/bin/python3", path}, os.WriteFile(path, majordomoPython, 0o644)
	}
	source, path := filepath.Join(dir, "majordomo.c"), filepath.Join(dir, "majordomo")
	if err := os.WriteFile(source, majordomoC, 0o644); err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, "cc", "-O2", "-o", path, source, "-lzmq").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile: %w\n%s", err, out)
	}
	return []string{path}, nil
}

// dealer is a connection that speaks ZMTP by itself.
type dealer struct {
	net.Conn
	buffer []byte
	in     inflow.Inflow
}

func dialDealer(ctx context.Context, address string) (*dealer, error) {
	conn, err := zmtp.Dial(ctx, "tcp://"+address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &dealer{Conn: conn, buffer: make([]byte, 64<<10)}, nil
}

// message makes one of words, which may be empty.
func message(words ...string) []byte {
	frames := make([][]byte, len(words))
	for i, w := range words {
		frames[i] = []byte(w)
	}
	return zmtp.Append(nil, frames)
}

// serve hands each message to take, whose frames are its own only until it returns.
func (d *dealer) serve(take func(frames [][]byte) error) error {
	for {
		n, err := d.Read(d.buffer)
		if err != nil {
			return err
		}
		err = d.in.Take(d.buffer[:n], func(frames [][]byte, _ []byte) error {
			if len(frames) == 0 {
				return nil
			}
			return take(frames)
		})
		if err != nil {
			return err
		}
	}
}

func (m *majordomo) worker(ctx context.Context, _ int, fail func(error)) error {
	d, err := dialDealer(ctx, m.address)
	if err != nil {
		return err
	}
	if _, err := d.Write(message("", "MDPW01", mdpReady, "tasks")); err != nil {
		return err
	}
	go func() { fail(d.serve(d.reply)) }()
	go func() {
		for pass(ctx, beatEvery) == nil {
			if _, err := d.Write(message("", "MDPW01", mdpHeartbeat)); err != nil {
				return
			}
		}
	}()
	return nil
}

// reply answers a request: its frames are an empty one, the protocol, the command,
// the client's address, an empty one and the body.
func (d *dealer) reply(frames [][]byte) error {
	if len(frames) < 6 || string(frames[2]) != mdpRequest {
		return nil
	}
	_, err := d.Write(zmtp.Append(nil, [][]byte{{}, []byte("MDPW01"), []byte(mdpReply), frames[3], {}, []byte("end")}))
	return err
}

func (m *majordomo) client(ctx context.Context, _ int, ended func(), fail func(error)) (func(int, []byte) error, error) {
	d, err := dialDealer(ctx, m.address)
	if err != nil {
		return nil, err
	}
	go func() {
		fail(d.serve(func([][]byte) error {
			ended()
			return nil
		}))
	}()
	var out []byte
	return func(tasks int, body []byte) error {
		out = out[:0]
		for range tasks {
			out = zmtp.Append(out, [][]byte{{}, []byte("MDPC01"), []byte("tasks"), body})
		}
		_, err := d.Write(out)
		return err
	}, nil
}
