package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	amqp "github.com/rabbitmq/amqp091-go"

	"bcp/scripts/internal/process"
)

// rabbitmq is a broker with replicated logs, here of one replica.
//
//	publish, confirmed --> quorum queue tasks --> one at a time for each worker
//	client N <-- quorum queue told-N, confirmed, and then the task's own ack
type rabbitmq struct{ address string }

func (r *rabbitmq) note() string {
	return "quorum queues of one replica, with confirms; the end is a message in a queue of the client; tells no start"
}

func (r *rabbitmq) start(ctx context.Context, s *servers, dir string) error {
	var ports [3]string
	for i := range ports {
		var err error
		if ports[i], err = process.FreePort(); err != nil {
			return err
		}
	}
	// The Erlang port mapper would go into the background by itself, and stay.
	if err := s.start("epmd", "-address", "127.0.0.1", "-port", ports[0]); err != nil {
		return err
	}
	if err := s.listening(ctx, "127.0.0.1:"+ports[0]); err != nil {
		return err
	}
	config := filepath.Join(dir, "rabbitmq.conf")
	if err := os.WriteFile(config, []byte("listeners.tcp.1 = 127.0.0.1:"+ports[1]+"\nlog.console = true\nlog.console.level = error\n"), 0o644); err != nil {
		return err
	}
	cmd := exec.Command("/usr/lib/rabbitmq/bin/rabbitmq-server")
	cmd.Env = append(os.Environ(), "HOME="+dir, "ERL_EPMD_PORT="+ports[0], "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_NODENAME=bench@localhost", "RABBITMQ_DIST_PORT="+ports[2], "RABBITMQ_CONFIG_FILE="+config,
		"RABBITMQ_MNESIA_BASE="+dir, "RABBITMQ_LOG_BASE="+dir, "RABBITMQ_ENABLED_PLUGINS_FILE="+filepath.Join(dir, "plugins"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}", "RABBITMQ_PID_FILE="+filepath.Join(dir, "pid"))
	if err := s.startCmd(cmd); err != nil {
		return err
	}
	r.address = "amqp://guest:guest@127.0.0.1:" + ports[1] + "/"
	if err := s.listening(ctx, "127.0.0.1:"+ports[1]); err != nil {
		return err
	}
	return r.prepare(ctx)
}

// prepare makes the queue, as soon as the server speaks.
func (r *rabbitmq) prepare(ctx context.Context) error {
	for {
		channel, err := r.open(ctx)
		if err == nil {
			return declare(channel, "tasks")
		}
		if pass(ctx, retry) != nil {
			return err
		}
	}
}

func (r *rabbitmq) open(ctx context.Context) (*amqp.Channel, error) {
	conn, err := amqp.Dial(r.address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn.Channel()
}

func declare(c *amqp.Channel, queue string) error {
	_, err := c.QueueDeclare(queue, true, false, false, false, amqp.Table{"x-queue-type": "quorum"})
	return err
}

func (r *rabbitmq) worker(ctx context.Context, n int, fail func(error)) error {
	c, err := r.open(ctx)
	if err != nil {
		return err
	}
	if err := c.Confirm(false); err != nil {
		return err
	}
	if err := c.Qos(1, 0, false); err != nil {
		return err
	}
	tasks, err := c.Consume("tasks", fmt.Sprint("worker-", n), false, false, false, false, nil)
	if err != nil {
		return err
	}
	go func() { fail(serveQueue(ctx, c, tasks)) }()
	return nil
}

func serveQueue(ctx context.Context, c *amqp.Channel, tasks <-chan amqp.Delivery) error {
	for task := range tasks {
		end := amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte("end")}
		confirm, err := c.PublishWithDeferredConfirm("", task.ReplyTo, false, false, end)
		if err != nil {
			return err
		}
		if _, err := confirm.WaitContext(ctx); err != nil {
			return err
		}
		if err := task.Ack(false); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (r *rabbitmq) client(ctx context.Context, n int, ended func(), fail func(error)) (func(int, []byte) error, error) {
	c, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.Confirm(false); err != nil {
		return nil, err
	}
	queue := fmt.Sprint("told-", n)
	if err := declare(c, queue); err != nil {
		return nil, err
	}
	told, err := c.Consume(queue, queue, false, false, false, false, nil)
	if err != nil {
		return nil, err
	}
	go func() {
		for end := range told {
			if err := end.Ack(false); err != nil {
				fail(err)
				return
			}
			ended()
		}
	}()
	return func(tasks int, body []byte) error {
		task := amqp.Publishing{DeliveryMode: amqp.Persistent, ReplyTo: queue, Body: body}
		for range tasks {
			if _, err := c.PublishWithDeferredConfirm("", "tasks", false, false, task); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
