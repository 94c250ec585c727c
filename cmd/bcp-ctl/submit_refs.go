package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// resolveAfter completes the IDs of tasks to wait for. Complete ones are the
// broker's to look up: a submit that is repeated under its key needs none.
func resolveAfter(ctx context.Context, c *api.Client, given []string) ([]string, error) {
	after := make([]string, 0, len(given))
	for _, text := range given {
		if _, err := journal.ParseDependency(text); err == nil || strings.HasPrefix(text, "key=") {
			after = append(after, text)
			continue
		}
		ref, wants, given := strings.Cut(text, ":")
		if ref == "" || given && wants == "" {
			return nil, usagef("--after %q: TASK, TASK:ok, TASK:any or TASK:failed is accepted", text)
		}
		if _, err := journal.ParseDependency(journal.ID{}.String() + text[len(ref):]); err != nil {
			return nil, usagef("--after %q: %v", text, err)
		}
		id, err := resolveTask(ctx, c, "--after", ref)
		if err != nil {
			return nil, err
		}
		after = append(after, id+text[len(ref):])
	}
	return after, nil
}

// resolveTask completes the ID of a task that a flag names.
func resolveTask(ctx context.Context, c *api.Client, flag, ref string) (string, error) {
	if _, err := journal.ParseDependency(ref); err == nil || strings.HasPrefix(ref, "key=") {
		return ref, nil
	}
	t, err := c.Task(ctx, ref)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	return t.ID, nil
}

// taskRef is a flag for a task that another one is a retry of: its ID, or a part of it.
type taskRef string

func (r *taskRef) String() string { return string(*r) }

// Set implements pflag.Value.
func (r *taskRef) Set(text string) error {
	if text == "" {
		return errors.New(`"": a task's ID, or a part of it, is accepted`)
	}
	*r = taskRef(text)
	return nil
}

func (*taskRef) Type() string { return "task" }

// resolve puts the task's ID into the options. A complete one is taken as it is: the
// task may be forgotten.
func (r *taskRef) resolve(ctx context.Context, c *api.Client, s *journal.Spec) error {
	o := journal.OptionNamed("retry-of")
	if *r == "" || o.Parse(s, string(*r)) == nil {
		return nil
	}
	t, err := c.Task(ctx, string(*r))
	if err != nil {
		return fmt.Errorf("--%s: %w", o.Name, err)
	}
	return o.Parse(s, t.ID)
}
