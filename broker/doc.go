// Package broker is the state machine that decides what becomes of tasks.
//
//	           Step(now, peer, message)   Tick(now)   Undelivered(now, send)
//	                      |                  |                 |
//	                      v                  v                 v
//	                +-----------------------------------------------+
//	Restore ------> | durable: tasks      volatile: workers,        |
//	(replay)        |   ^                 sessions, deadlines       |
//	                |   | apply(record)                             |
//	                +---|-------------------------------------------+
//	                    |                    |
//	                    +---- Effects: Records, then Sends
//	                                         |
//	                 commit the Records, and only then perform the Sends
//
// The core is pure and deterministic: no I/O, no goroutines, no clock, no
// randomness; equal inputs give equal outputs, byte for byte. Time and entropy
// come in as arguments. What it wants done is in Effects; broker/server does it.
//
// Durable state is changed by apply(record) alone, at work and at replay.
// Volatile state (who is connected, heartbeats, credit, deadlines) is empty
// after a restart and is rebuilt from what the workers say they run.
//
// Invariants:
//
//   - A task has at most one current attempt, and one end.
//   - A word about another attempt than the current one changes nothing and is
//     answered so that a stale worker stops (Stop, OutcomeAck).
//   - A worker's slot is taken from the dispatch until the worker has said that
//     the attempt is over, or is known to be gone.
//
// Who can take a task, and which one goes first, is known without a look at all
// of them: crew.go draws it (task, class, demand, crew, worker). What decides
// which workers a task means goes into demandKey; what decides when it may go,
// into classKey; the order within a class is class.go's alone. A class that may
// not go for now is put aside: out of its crew's ranking until it may. next.go picks
// what a worker takes next, by what it has left of its resources; obstacle.go tells
// what keeps a worker from a task. The language of selectors and amounts is package
// journal/place.
//
// Groups, which stand for their members, are in group.go: arrays, whose members start
// one by one (group_member.go, group_tally.go), and broadcasts (all.go), whose members
// are made at once, each for one worker: away.go tells what becomes of those whose
// worker stays away, seat.go knows who is in.
//
// What waits is in crew.go (who can take it), line.go (whose turn it is), sorted.go (in
// which order) and limiter.go (what keeps it).
//
// One file a verb (submit.go, cancel.go, register.go, attempt.go, ...); Step
// only dispatches. reconcile.go compares what a worker says it has with what
// the journal says it has: at registration, in each heartbeat and on replay.
// edit.go, resolve.go and find.go are what people do with tasks, change.go with many at a
// time, and change_plan.go tells what would become of them.
//
// session.go knows the clients, and tell.go what they are told until they acknowledge it;
// worker.go and beat.go know the workers. deadline.go has what is due for a task, timers.go
// for all. fold.go and index.go keep millions of waiting tasks small, unused.go knows which
// keys are new, and digest.go what a key stands for. heldback.go knows what the server has
// not sent yet, and space.go how much the disk still takes.
//
// meter.go counts what waits and runs, and what comes and ends. inspect.go and explain.go
// tell how things stand, and change nothing; package broker/answer makes of it what is
// shown.
package broker
