package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"bcp/broker/admin/api"
)

// submitPatience is how long a broker that has not answered is asked again: its
// supervisor may need that to start it again.
const submitPatience = 10 * time.Second

// submitter submits a task so that it is one task, however often it has to ask:
// all its requests have the same key.
type submitter struct {
	client   *api.Client
	patience time.Duration
	words    io.Writer
}

// submit makes up a key if none is given. That a task is known under such a key
// only tells that an answer was lost: nobody else has submitted it.
func (s *submitter) submit(ctx context.Context, what api.Submission) (api.Submitted, error) {
	given := what.Key != ""
	if !given {
		what.Key = api.Given("bcp-ctl/" + rand.Text())
	}
	answer, err := s.client.Submit(ctx, what)
	if unanswered(err) {
		answer, err = s.again(ctx, what, err)
	}
	answer.Known = answer.Known && given
	return answer, err
}

// again asks until there is an answer, or its patience is at its end. From the
// first request that was not answered it is open whether the task is there:
// only the key can tell.
func (s *submitter) again(ctx context.Context, what api.Submission, err error) (answer api.Submitted, _ error) {
	fmt.Fprintf(s.words, "The broker has not answered: trying again for %v, with --key %s\n", s.patience, what.Key)
	err = insist(ctx, s.patience, func() error {
		answer, err = s.client.Submit(ctx, what)
		return err
	})
	if unanswered(err) {
		return answer, fmt.Errorf("%w\nSubmit it again with --key %s: if it was accepted after all, it stays one task", err, what.Key)
	}
	return answer, err
}

// insist asks until there is an answer, or the patience is at its end.
func insist(ctx context.Context, patience time.Duration, ask func() error) error {
	for deadline := time.Now().Add(patience); ; {
		if err := rest(ctx); err != nil {
			return err
		}
		if err := ask(); !unanswered(err) || !time.Now().Before(deadline) {
			return err
		}
	}
}

// unanswered tells whether the broker is gone or going, or its answer is late.
func unanswered(err error) bool {
	var refused *api.Error
	return isAway(err) || errors.As(err, &refused) && refused.Code == api.CodeTimeout
}
