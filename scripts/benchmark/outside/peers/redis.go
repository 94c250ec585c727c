package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// redisServer is a store of lists whose log is synced before it answers.
//
//	LPUSH tasks --> BLMOVE tasks processing --> LREM, RPUSH told-N in a transaction
//	client N <------------------- BLMPOP told-N
type redisServer struct{ address string }

// takeMax is how many ends a client takes at a time.
const takeMax = 128

func (r *redisServer) note() string {
	return "appendfsync always, a list with a processing list; tells no start"
}

func (r *redisServer) start(ctx context.Context, s *servers, dir string) (err error) {
	r.address, err = s.startAt(ctx, func(port string) []string {
		return []string{
			"redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", dir, "--save", "",
			"--appendonly", "yes", "--appendfsync", "always", "--maxclients", "20000",
		}
	})
	return err
}

// open makes a client with one connection, which may wait for ever.
func (r *redisServer) open(ctx context.Context) (*redis.Client, error) {
	c := redis.NewClient(&redis.Options{Addr: r.address, PoolSize: 1, ReadTimeout: -1, DisableIdentity: true})
	context.AfterFunc(ctx, func() { _ = c.Close() })
	return c, c.Ping(ctx).Err()
}

func (r *redisServer) worker(ctx context.Context, n int, fail func(error)) error {
	c, err := r.open(ctx)
	if err != nil {
		return err
	}
	go func() { fail(serveList(ctx, c, fmt.Sprint("processing-", n))) }()
	return nil
}

// serveList takes tasks. The end of one and the wish for the next go out together.
func serveList(ctx context.Context, c *redis.Client, processing string) error {
	task, err := c.BLMove(ctx, "tasks", processing, "right", "left", 0).Result()
	for err == nil {
		pipe := c.Pipeline()
		client, _, _ := strings.Cut(task, " ")
		pipe.Do(ctx, "multi")
		pipe.Do(ctx, "lrem", processing, 1, task)
		pipe.Do(ctx, "rpush", "told-"+client, "end")
		pipe.Do(ctx, "exec")
		next := pipe.BLMove(ctx, "tasks", processing, "right", "left", 0)
		if _, err = pipe.Exec(ctx); err == nil {
			task, err = next.Result()
		}
	}
	return err
}

func (r *redisServer) client(ctx context.Context, n int, ended func(), fail func(error)) (func(int, []byte) error, error) {
	pushes, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	told, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	go func() { fail(takeList(ctx, told, fmt.Sprint("told-", n), ended)) }()
	return func(tasks int, body []byte) error {
		task := fmt.Sprintf("%d %s", n, body)
		all := make([]any, tasks)
		for i := range all {
			all[i] = task
		}
		return pushes.LPush(ctx, "tasks", all...).Err()
	}, nil
}

func takeList(ctx context.Context, c *redis.Client, list string, ended func()) error {
	for {
		_, ends, err := c.BLMPop(ctx, 0, "left", takeMax, list).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return err
		}
		for range ends {
			ended()
		}
	}
}
