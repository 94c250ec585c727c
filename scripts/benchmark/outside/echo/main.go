// Echo is a plain ROUTER that sends every message back to where it came from. It is
// what a broker on ZeroMQ is measured against, for it does the least that one can do.
//
//	echo tcp://127.0.0.1:PORT
package main

import (
	"fmt"
	"os"
	"syscall"

	"github.com/pebbe/zmq4"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: echo ENDPOINT")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "echo:", echo(os.Args[1]))
	os.Exit(1)
}

// echo serves until it is killed, or something fails.
func echo(endpoint string) error {
	router, err := zmq4.NewSocket(zmq4.ROUTER)
	if err != nil {
		return err
	}
	if err := router.Bind(endpoint); err != nil {
		return fmt.Errorf("bind %s: %w", endpoint, err)
	}
	for {
		frames, err := router.RecvMessageBytes(0)
		if zmq4.AsErrno(err) == zmq4.Errno(syscall.EINTR) { // by the Go runtime, for goroutines to take turns
			continue
		}
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if _, err := router.SendMessage(frames); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
}
