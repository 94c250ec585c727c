package session

import (
	"time"

	"bcp/broker/wire"
)

// Effects are what the session wants done, in the order of the fields.
type Effects struct {
	Reconnect bool           // close the connection, if there is one, and open a new one
	Sends     []wire.Message // to the broker; one that cannot leave at once may be dropped
	Starts    []*wire.Dispatch
	Stops     []StopOrder
	Saves     []Saved
	Extended  []Extended
	Events    []Event
}

// StopOrder asks the owner to end an attempt that it has started, and to call
// Ended when all of it is gone. An order may come again with a shorter grace.
type StopOrder struct {
	wire.Ref
	Grace time.Duration // from TERM to KILL; 0: kill at once
}

// EventKind says what an Event tells.
type EventKind uint8

const (
	EventRegistered EventKind = iota + 1 // the broker knows the worker; Text names broker and epoch
	EventNameTaken                       // a live worker has the name; registering goes on
	EventRefused                         // registration was refused for now; registering goes on
	EventRejected                        // registration was refused for good: the owner should end
	EventLost                            // the broker has been silent for too long
	EventLeft                            // the broker said that it leaves
	EventStranger                        // a broker with another journal has answered, which doesn't know what the worker has; Text says of what journals
)

// Event is something that an operator wants to know. Each is told once, not at
// every repetition.
type Event struct {
	Kind EventKind
	Text string
}

// emptied returns e without content, but with its memory.
func (e Effects) emptied() Effects {
	clear(e.Sends)
	clear(e.Starts)
	clear(e.Extended)
	clear(e.Events)
	return Effects{Sends: e.Sends[:0], Starts: e.Starts[:0], Stops: e.Stops[:0], Saves: e.Saves[:0], Extended: e.Extended[:0], Events: e.Events[:0]}
}
