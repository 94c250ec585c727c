package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"bcp/scripts/internal/process"
)

// natsServer is a NATS server whose streams are synced for every message.
//
//	publish tasks.N, acknowledged --> a work queue, one at a time for each worker
//	client N <-- told.N, published and acknowledged, and then the task's own ack
type natsServer struct {
	program string // path of nats-server
	address string
	streams jetstream.JetStream
}

func (s *natsServer) note() string {
	return "JetStream, sync_interval always; a worker's end is a message in a second stream; tells no start"
}

func (s *natsServer) start(ctx context.Context, servers *servers, dir string) error {
	port, err := process.FreePort()
	if err != nil {
		return err
	}
	config := filepath.Join(dir, "nats.conf")
	text := fmt.Sprintf("listen: 127.0.0.1:%s\nmax_connections: 20000\njetstream { store_dir: %q, sync_interval: always }\n", port, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	s.address = "nats://127.0.0.1:" + port
	if err := servers.start(s.program, "-c", config); err != nil {
		return err
	}
	if err := servers.listening(ctx, "127.0.0.1:"+port); err != nil {
		return err
	}
	return s.prepare(ctx)
}

// prepare makes the streams.
func (s *natsServer) prepare(ctx context.Context) (err error) {
	if s.streams, err = s.open(ctx); err != nil {
		return err
	}
	for _, name := range []string{"tasks", "told"} {
		_, err := s.streams.CreateStream(ctx, jetstream.StreamConfig{
			Name: name, Subjects: []string{name + ".>"}, Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage,
		})
		if err != nil {
			return err
		}
	}
	_, err = s.streams.CreateConsumer(ctx, "tasks", jetstream.ConsumerConfig{
		Durable: "workers", AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: -1, MaxWaiting: 20000,
	})
	return err
}

func (s *natsServer) open(ctx context.Context) (jetstream.JetStream, error) {
	conn, err := nats.Connect(s.address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, conn.Close)
	return jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(4096))
}

func (s *natsServer) worker(ctx context.Context, _ int, fail func(error)) error {
	streams, err := s.open(ctx)
	if err != nil {
		return err
	}
	tasks, err := streams.Consumer(ctx, "tasks", "workers")
	if err != nil {
		return err
	}
	messages, err := tasks.Messages(jetstream.PullMaxMessages(1))
	if err != nil {
		return err
	}
	go func() { fail(serveStream(ctx, streams, messages)) }()
	return nil
}

func serveStream(ctx context.Context, streams jetstream.JetStream, messages jetstream.MessagesContext) error {
	for {
		m, err := messages.Next()
		if err != nil {
			return err
		}
		client := m.Subject()[len("tasks."):]
		if _, err := streams.Publish(ctx, "told."+client, []byte("end")); err != nil {
			return err
		}
		if err := m.Ack(); err != nil {
			return err
		}
	}
}

func (s *natsServer) client(ctx context.Context, n int, ended func(), fail func(error)) (func(int, []byte) error, error) {
	streams, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	told, err := streams.CreateConsumer(ctx, "told", jetstream.ConsumerConfig{
		Durable: fmt.Sprint("client-", n), FilterSubject: fmt.Sprint("told.", n), AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: -1,
	})
	if err != nil {
		return nil, err
	}
	_, err = told.Consume(func(m jetstream.Msg) {
		ended()
		if err := m.Ack(); err != nil {
			fail(err)
		}
	})
	if err != nil {
		return nil, err
	}
	subject := fmt.Sprint("tasks.", n)
	return func(tasks int, body []byte) error {
		for range tasks {
			if _, err := streams.PublishAsync(subject, body); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
