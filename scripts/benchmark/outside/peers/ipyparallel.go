package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// ipyparallel is a controller with its engines. The client that it has is Python's, so
// a Python program submits and counts; an engine is a Python process.
//
//	apply_async --> ipcontroller --> engines
//	done <-------------  (p)   <-----
type ipyparallel struct{ security string }

//go:embed programs/ipyparallel.py
var ipyparallelProgram []byte

const (
	// engines is how many there are at most: each takes about 60 MB and a second to start.
	engines = 8

	python = "/usr/bin/python3"
)

func (i *ipyparallel) workersMax() int { return engines }

func (i *ipyparallel) note() string {
	return fmt.Sprintf("keeps nothing; its controller, at most %d engines, its Python client; calls of an empty function without the body", engines)
}

func (i *ipyparallel) start(ctx context.Context, s *servers, dir string) error {
	i.security = filepath.Join(dir, "security")
	if err := i.python(s, dir, "ipyparallel.controller", "--profile-dir="+dir, "--ip=127.0.0.1"); err != nil {
		return err
	}
	return awaitFiles(ctx, filepath.Join(i.security, "ipcontroller-client.json"), filepath.Join(i.security, "ipcontroller-engine.json"))
}

// python starts a module of Python.
func (i *ipyparallel) python(s *servers, dir, module string, args ...string) error {
	cmd := exec.Command(python, append([]string{"-m", module}, args...)...)
	cmd.Env = append(os.Environ(), "IPYTHONDIR="+dir)
	return s.startCmd(cmd)
}

// awaitFiles waits until all files are there.
func awaitFiles(ctx context.Context, paths ...string) error {
	deadline := time.Now().Add(startMax)
	for _, path := range paths {
		for {
			if _, err := os.Stat(path); err == nil {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("no %s after %v", path, startMax)
			}
			if err := pass(ctx, retry); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure starts the engines and has the Python program measure. It prints what it
// found when it has ended, and a line before and after the load.
func (i *ipyparallel) measure(ctx context.Context, o options, s *servers, dir string) (found figures, err error) {
	for range o.workers {
		if err := i.python(s, dir, "ipyparallel.engine", "--file="+filepath.Join(i.security, "ipcontroller-engine.json")); err != nil {
			return found, err
		}
	}
	program := filepath.Join(dir, "measure.py")
	if err := os.WriteFile(program, ipyparallelProgram, 0o644); err != nil {
		return found, err
	}
	cmd := exec.CommandContext(ctx, python, program, filepath.Join(i.security, "ipcontroller-client.json"),
		strconv.Itoa(o.workers), strconv.Itoa(o.outstanding), seconds(o.warm), seconds(o.load), seconds(o.lone),
		strconv.Itoa(s.started[0].PID()))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return found, fmt.Errorf("its client: %w", err)
	}
	return found, json.Unmarshal(out, &found)
}

func seconds(d time.Duration) string { return fmt.Sprint(d.Seconds()) }

// client and worker are not used: measure is.
func (i *ipyparallel) worker(context.Context, int, func(error)) error { return nil }

func (i *ipyparallel) client(context.Context, int, func(), func(error)) (func(int, []byte) error, error) {
	return nil, nil
}
