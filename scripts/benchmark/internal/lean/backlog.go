package lean

import (
	"errors"
	"fmt"
	"time"

	"bcp/scripts/benchmark/internal/load"
)

const (
	// stepTasks is how many tasks of a client are on their way to be accepted.
	stepTasks = 2048

	// stepMax is how long the broker may take to accept them, and taskMax for a task's life.
	stepMax = 30 * time.Second
	taskMax = time.Millisecond
)

// Backlog has clients submit so many tasks, which wait, and then workers end them. It calls mark,
// with the number of tasks that have ended, before the workers come and when the clients were told
// of the last. If tasks are mixed each has any priority: those that go one after another were
// not submitted so.
func Backlog(shape load.Shape, tasks int, mixed bool, mark func(ended int)) (err error) {
	p, err := newPeers(shape)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.connectClients(); err != nil {
		return err
	}
	for _, c := range p.clients {
		c.peer.(*client).mixed = mixed
	}
	for left := tasks; left > 0; left -= stepTasks * len(p.clients) {
		if err := p.await(min(left, stepTasks*len(p.clients))); err != nil {
			return fmt.Errorf("%d of %d tasks are not submitted: %w", left, tasks, err)
		}
	}
	mark(0)
	if err := p.connectWorkers(); err != nil {
		return err
	}
	err = p.until(stepMax+time.Duration(tasks)*taskMax, func() bool { return p.ended() == tasks })
	if err != nil {
		return fmt.Errorf("%d of %d tasks have ended: %w", p.ended(), tasks, err)
	}
	mark(tasks)
	return nil
}

// await submits so many tasks, and waits until they are accepted.
func (p *peers) await(tasks int) error {
	want := p.accepted() + tasks
	if err := p.submit(tasks); err != nil {
		return err
	}
	return p.until(stepMax, func() bool { return p.accepted() == want })
}

func (p *peers) accepted() int { return p.sum(func(cl *client) int { return cl.accepted }) }
