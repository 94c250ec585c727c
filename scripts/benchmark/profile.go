package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bcp/broker/admin/api"
)

// profile writes where the broker's processor time goes under load to a file of its own
// in the folder of profiles, if there is one.
func (o *options) profile(ctx context.Context, d *daemon, kind string, workers int) (err error) {
	if o.profiles == "" {
		return nil
	}
	c, err := api.NewClient(d.admin)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := os.MkdirAll(o.profiles, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(o.profiles, fmt.Sprintf("%s-%d.pprof", kind, workers)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return c.Profile(ctx, int((o.warm+o.load)/time.Second), f)
}
