package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"time"
)

// socketsEvery is how often the files of sockets are looked at.
const socketsEvery = time.Second

// sockets are the files by which others connect, of those that the flags name.
type sockets []socket

type socket struct {
	named
	own  fs.FileInfo
	lost bool
}

// socketsOf are those of the files that are there: the broker has just made them.
func socketsOf(files []named) (s sockets) {
	for _, f := range files {
		if own, err := os.Lstat(f.path); err == nil {
			s = append(s, socket{named: f, own: own})
		}
	}
	return s
}

// watch looks at the files until ctx ends. Where one is gone the broker goes on and nobody can
// connect, who would be told that there is no broker.
func (s sockets) watch(ctx context.Context, log *slog.Logger) {
	again := time.NewTicker(socketsEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			s.look(log)
		}
	}
}

// look logs what has become of a file since the last look.
func (s sockets) look(log *slog.Logger) {
	for i := range s {
		f := &s[i]
		info, err := os.Lstat(f.path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // who may not look there now knows nothing else
			continue
		}
		was := f.lost
		f.lost = err != nil || !os.SameFile(info, f.own)
		switch {
		case f.lost && !was:
			log.Error("a socket's file has been moved or removed: nobody can connect there any more; put it back, or start the broker anew, which loses nothing", "flag", f.flag)
		case was && !f.lost:
			log.Info("a socket's file is back", "flag", f.flag)
		}
	}
}
