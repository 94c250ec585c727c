// Dealer tells what plain DEALER sockets cost a program for the messages of a task:
// each socket sends four and receives four, again and again.
//
//	dealer ENDPOINT SOCKETS WARM TIME
//
// It prints what four messages each way cost in processor time, in microseconds, and
// how many of these a second it had.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pebbe/zmq4"
)

// each is how many messages of a task its client and its worker send together, and
// how many they receive.
const each = 4

// A message's frames, in bytes: as large as the broker's, with a body of 200.
const headSize, bodySize = 40, 200

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dealer:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("arguments %q: ENDPOINT SOCKETS WARM TIME are accepted", args)
	}
	sockets, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	warm, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	load, err := time.ParseDuration(args[3])
	if err != nil {
		return err
	}
	f := fleet{failed: make(chan error, sockets)}
	if err := f.open(args[0], sockets); err != nil {
		return err
	}
	time.Sleep(warm)
	rounds, cpu := f.rounds.Load(), used()
	time.Sleep(load)
	rounds, cpu = f.rounds.Load()-rounds, used()-cpu
	f.enough.Store(true)
	f.running.Wait()
	select {
	case err := <-f.failed:
		return err
	default:
	}
	if rounds == 0 {
		return fmt.Errorf("no message has come back in %v", load)
	}
	fmt.Println(float64(cpu.Microseconds())/float64(rounds), float64(rounds)/load.Seconds())
	return nil
}

// fleet is all sockets, each with a goroutine.
type fleet struct {
	rounds  atomic.Int64
	enough  atomic.Bool
	running sync.WaitGroup
	failed  chan error
}

func (f *fleet) open(endpoint string, sockets int) error {
	if err := zmq4.SetMaxSockets(sockets + 1); err != nil {
		return err
	}
	for range sockets {
		dealer, err := zmq4.NewSocket(zmq4.DEALER)
		if err != nil {
			return err
		}
		if err := dealer.Connect(endpoint); err != nil {
			return err
		}
		f.running.Go(func() {
			if err := f.serve(dealer); err != nil {
				f.failed <- err
			}
		})
	}
	return nil
}

// serve sends and receives until it is enough.
func (f *fleet) serve(dealer *zmq4.Socket) error {
	head, body := make([]byte, headSize), make([]byte, bodySize)
	for !f.enough.Load() {
		for range each {
			if _, err := dealer.SendMessage(head, body); err != nil {
				return fmt.Errorf("send: %w", err)
			}
		}
		for got := 0; got < each; {
			_, err := dealer.RecvMessageBytes(0)
			if err != nil && zmq4.AsErrno(err) != zmq4.Errno(syscall.EINTR) {
				return fmt.Errorf("receive: %w", err)
			}
			if err == nil {
				got++
			}
		}
		f.rounds.Add(1)
	}
	return nil
}

// used returns the processor time that this process has used so far.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it fails for a bad argument alone
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
