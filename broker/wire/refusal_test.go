package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"bcp/journal"
)

// refusal is frames that Decode must refuse with exactly this error.
type refusal struct {
	name    string
	dialect Dialect
	side    Side
	frames  [][]byte
	err     string
}

// raw makes one frame of numbers and strings.
func raw(parts ...any) []byte {
	var out []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			out = append(out, byte(p))
		case string:
			out = append(out, p...)
		case []byte:
			out = append(out, p...)
		}
	}
	return out
}

// msg makes a message of frames.
func msg(frames ...[]byte) [][]byte { return frames }

var (
	u32One = raw(0, 0, 0, 1)
	u32Two = raw(0, 0, 0, 2)
	u64Two = raw(0, 0, 0, 0, 0, 0, 0, 2)
	minus  = bytes.Repeat([]byte{0xff}, 8)

	// submitStart is a submit up to its options: number 2, to service "count".
	submitStart = raw("BCPC02\x11", u32Two, 0, 2, 5, "count", 0, 0, 0, 0)
	refA        = raw(taskA[:], u32Two)

	// editStart is an edit of task A up to its options: number 2.
	editStart = raw("BCPC02\x18", u32Two, taskA[:], 0, 0, 0, 0, 0, 0, 0, 0)

	// change is a change from its flags up to its new keys: of no named task.
	change = raw(0, 0, 0, make([]byte, 32), 0, 0, 0, 0, 0, 0)

	// progressStart is a progress up to its tail: half, without a text.
	progressStart = raw("BCPW02\x23", refA, 0x3f, 0, 0, 0, 0, 0)
	// registerStart is a registration without services and inventory.
	registerStart = raw("BCPW02\x30", id16[:], u32One, 1, "w", 0, 0, 0, 0)
	// batched is a task of a batch, to service "a", with a key of one letter and
	// a body of so many bytes; it waits for the task in a place from 1, if any.
	batched = func(key string, body, after int) []byte {
		fields := raw(0, 2, 1, "a", 0, 1, key, 0, 0)
		if after > 0 {
			fields = raw(fields, 15, 0, 17, make([]byte, 15), after, 1)
		}
		return raw(0, 0, 0, body, 0, 0, 0, len(fields), fields)
	}
)

// limitFrames is a LIMIT with request number 2.
func limitFrames(do, scope int, name string, numbers ...uint32) [][]byte {
	head := raw("BCPC02\x1c", u32Two, do, scope, len(name), name)
	for _, n := range numbers {
		head = binary.BigEndian.AppendUint32(head, n)
	}
	return msg(append(head, 0, 0, 0, 0))
}

var refusals = []refusal{
	{
		name: "MDP", frames: parts("", "MDPC01", "echo", "x"),
		err: `unsupported: header "MDPC01" names no dialect: BCPC02, BCPW02, BCPC01 and BCPW01 are served`,
	},
	{
		name: "an empty frame alone", frames: parts(""),
		err: `unsupported: header "" names no dialect: BCPC02, BCPW02, BCPC01 and BCPW01 are served`,
	},
	{
		name: "a later version", frames: parts("BCPC03\x10\x01a"),
		err: `unsupported: header "BCPC03\x10\x01a" names no dialect: BCPC02, BCPW02, BCPC01 and BCPW01 are served`,
	},

	{
		name: "a head without a command", dialect: BCP2Client, frames: parts("BCPC02"),
		err: "malformed: head has 6 bytes: it is at least 7 long",
	},
	{
		name: "an unknown command", dialect: BCP2Client, frames: parts("BCPC02\x7f"),
		err: "unsupported: command 0x7f does not go from a client to the broker",
	},
	{
		name: "a worker's command from a client", dialect: BCP2Client, frames: msg(raw("BCPC02\x32", refA)),
		err: "unsupported: command 0x32 does not go from a client to the broker",
	},
	{
		name: "a broker's command from a worker", dialect: BCP2Worker, frames: msg(raw("BCPW02\x42", refA)),
		err: "unsupported: command 0x42 does not go from a worker to the broker",
	},
	{
		name: "a client's command to a client", dialect: BCP2Client, side: ToPeer, frames: parts("BCPC02\x10\x01a"),
		err: "unsupported: command 0x10 does not go from the broker to a client",
	},
	{
		name: "a head that ends early", dialect: BCP2Client, frames: parts("BCPC02\x13\x00\x00\x00\x07"),
		err: "malformed: QUERY: head ends 16 bytes early",
	},
	{
		name: "a head that is too long", dialect: BCP2Worker, frames: msg(raw("BCPW02\x32", refA, 0)),
		err: "malformed: BEGUN: head has 1 bytes too many",
	},
	{
		name: "a payload where none belongs", dialect: BCP2Worker, frames: msg(raw("BCPW02\x32", refA), raw("x")),
		err: "malformed: BEGUN: 1 frames after the head: at most 0 are accepted",
	},
	{
		name: "two payloads", dialect: BCP2Worker, frames: msg(raw("BCPW02\x33", refA, 1, 0, 0), raw("x"), raw("y")),
		err: "malformed: OUTCOME: 2 frames after the head: at most 1 are accepted",
	},
	{
		name: "an unknown flag", dialect: BCP2Client, frames: parts("BCPC02\x01\x02"),
		err: "unsupported: BEAT: flags 0x02: only the lowest 1 bits are known",
	},
	{
		name: "an empty session", dialect: BCP2Client, frames: parts("BCPC02\x10\x00"),
		err: "bad-name: HELLO: session is empty: 1 to 255 bytes are accepted",
	},
	{
		name: "a session with a space", dialect: BCP2Client, frames: parts("BCPC02\x10\x03a b"),
		err: `bad-name: HELLO: session "a b": printable UTF-8 without spaces or control characters is accepted`,
	},
	{
		name: "a limit of a scope that there is not", dialect: BCP2Client, frames: limitFrames(2, 4, "count", 1, 0, 0),
		err: `bad-option: LIMIT: limit's scope 4: 1 (service), 2 (client) or 3 (key) is accepted`,
	},
	{
		name: "a limit that does nothing known", dialect: BCP2Client, frames: limitFrames(4, 1, "count", 1, 0, 0),
		err: `malformed: LIMIT: what to do 4: 1 to 3 are accepted`,
	},
	{
		name: "a limit without a name", dialect: BCP2Client, frames: limitFrames(3, 1, "", 0, 0, 0),
		err: `bad-name: LIMIT: service is empty: 1 to 255 bytes are accepted`,
	},
	{
		name: "a limit without a number", dialect: BCP2Client, frames: limitFrames(2, 1, "count", 0, 0, 0),
		err: `bad-option: LIMIT: limit service/count: at least one of running, rate and burst is accepted`,
	},
	{
		name: "a limit of too many", dialect: BCP2Client, frames: limitFrames(2, 3, "db", 1_000_001, 0, 0),
		err: `bad-option: LIMIT: limit key/db: running 1000001: 1 to 1000000 are accepted`,
	},
	{
		name: "a rate of a key", dialect: BCP2Client, frames: limitFrames(2, 3, "db", 0, 1000, 0),
		err: `bad-option: LIMIT: limit key/db: rate 1: it is accepted of a service only`,
	},
	{
		name: "a burst that is to be unset without its rate", dialect: BCP2Client, frames: limitFrames(3, 1, "count", 7, 0, 5),
		err: `bad-option: LIMIT: limit service/count: burst 5: only accepted with rate, with which it is unset`,
	},
	{
		name: "a rate that is too high", dialect: BCP2Client, frames: limitFrames(2, 1, "count", 0, 1_000_000_001, 0),
		err: `bad-option: LIMIT: limit service/count: rate 1000000.001: 0.001 to 1000000 a second are accepted`,
	},
	{
		name: "a burst that is too large", dialect: BCP2Client, frames: limitFrames(2, 1, "count", 0, 1000, 1_000_001),
		err: `bad-option: LIMIT: limit service/count: burst 1000001: 1 to 1000000 are accepted`,
	},
	{
		name: "a limit of a session", dialect: BCP2Client, frames: limitFrames(2, 2, "anna/1", 1, 0, 0),
		err: `bad-name: LIMIT: client "anna/1": a name without / is accepted, what stands before it in the session's`,
	},
	{
		name: "a limit of a key with a number", dialect: BCP2Client, frames: limitFrames(2, 3, "db=3", 1, 0, 0),
		err: `bad-name: LIMIT: key "db=3": a name without = is accepted`,
	},
	{
		name: "a key that is too long", dialect: BCP2Client, frames: msg(raw("BCPC02\x13", u32One, taskA[:], 2, 1, strings.Repeat("k", 513))),
		err: "too-large: QUERY: 513 bytes in key: at most 512 are accepted",
	},
	{
		name: "a key that is not there", dialect: BCP2Client, frames: msg(raw("BCPC02\x13", u32One, taskA[:], 0, 9, "k")),
		err: "malformed: QUERY: 9 bytes in key: the head ends before",
	},
	{
		name: "a query of nothing", dialect: BCP2Client, frames: msg(raw("BCPC02\x13", u32One, make([]byte, 18))),
		err: "malformed: QUERY: neither a task nor a key is named",
	},
	{
		name: "a wait for too many", dialect: BCP2Client, frames: msg(raw("BCPC02\x14", u32One, 0, 4, 1, make([]byte, 1025*16))),
		err: "too-large: WAIT: 1025 tasks: at most 1024 are accepted",
	},
	{
		name: "a wait for fewer than it says", dialect: BCP2Client, frames: msg(raw("BCPC02\x14", u32One, 0, 0, 2, taskA[:])),
		err: "malformed: WAIT: 2 tasks: the head ends before",
	},

	{
		name: "an edit of nobody's task", dialect: BCP2Client, frames: msg(raw("BCPC02\x18", u32Two, make([]byte, 16), 0, 0, 0, 0, 0, 0, 0, 0)),
		err: "malformed: EDIT: neither a task nor a key is named",
	},
	{
		name: "an edit of an unknown option", dialect: BCP2Client, frames: msg(raw(editStart, 99, 0, 0)),
		err: "unsupported: EDIT: option 99 is not known",
	},
	{
		name: "an edit out of bounds", dialect: BCP2Client, frames: msg(raw(editStart, 1, 0, 8, minus)),
		err: "bad-option: EDIT: tries -1: 1 to 1000 are accepted",
	},
	{
		name: "an edit of a number that is cut off", dialect: BCP2Client, frames: msg(raw(editStart, 1, 0, 1, 0)),
		err: "malformed: EDIT: option 1 (tries) has 1 bytes: it is a number of 8",
	},
	{
		name: "an edit with a bad target", dialect: BCP2Client,
		frames: msg(raw("BCPC02\x18", u32Two, taskA[:], 0, 0, 0, 0, 0, 0, 1, 3, "a b")),
		err:    `bad-name: EDIT: target "a b": printable UTF-8 without spaces or control characters is accepted`,
	},
	{
		name: "an edit with a target of no kind", dialect: BCP2Client,
		frames: msg(raw("BCPC02\x18", u32Two, taskA[:], 0, 0, 0, 0, 0, 0, 0, 2, "w1")),
		err:    `bad-option: EDIT: target "w1": its kind is missing: 1, 2 and 4 are accepted`,
	},
	{
		name: "a drop with a key", dialect: BCP2Client, frames: msg(raw("BCPC02\x1a", u32Two, taskA[:], 0, 0, 0, 0, 0, 0, 2, 0, 1, "k")),
		err: "bad-option: RESOLVE: drop: no new-key is accepted with it",
	},
	{
		name: "an unknown verb", dialect: BCP2Client, frames: msg(raw("BCPC02\x1a", u32Two, taskA[:], 0, 0, 0, 0, 0, 0, 3, 0, 0)),
		err: "malformed: RESOLVE: verb 3: 1 to 2 are accepted",
	},
	{
		name: "a find with an unknown flag", dialect: BCP2Client, frames: msg(raw("BCPC02\x19", u32Two, 2, 0, 0, make([]byte, 32), 0, 0)),
		err: "unsupported: FIND: flags 0x02: only the lowest 1 bits are known",
	},
	{
		name: "a show of nothing that is known", dialect: BCP2Client, frames: msg(raw("BCPC02\x1d", u32Two, 6, 0, 0, make([]byte, 16), 0, 0, 0, 0)),
		err: "unsupported: SHOW: what 6: 1 (explanation), 2 (history), 3 (queues), 4 (workers) or 5 (members) is known",
	},
	{
		name: "a show of no task's history", dialect: BCP2Client, frames: msg(raw("BCPC02\x1d", u32Two, 2, 0, 0, make([]byte, 16), 0, 0, 0, 0)),
		err: "malformed: SHOW: neither a task nor a key is named",
	},
	{
		name: "a show of a task's queues", dialect: BCP2Client, frames: msg(raw("BCPC02\x1d", u32Two, 3, 0, 0, taskA[:], 0, 0, 0, 0)),
		err: "malformed: SHOW: a task or a key is named: none is accepted with what 3 (queues)",
	},
	{
		name: "a show of half an explanation", dialect: BCP2Client, frames: msg(raw("BCPC02\x1d", u32Two, 1, 0, 0, taskA[:], 0, 0, 0, 1, "7")),
		err: "malformed: SHOW: a cursor is given: none is accepted with what 1 (explanation)",
	},
	{
		name: "a show with a long cursor", dialect: BCP2Client, frames: msg(raw("BCPC02\x1d", u32Two, 3, 0, 0, make([]byte, 16), 0, 0, 2, 1)),
		err: "too-large: SHOW: 513 bytes in cursor: at most 512 are accepted",
	},
	{
		name: "a cancel by somebody with a long name", dialect: BCP2Client,
		frames: msg(raw("BCPC02\x12", u32Two, taskA[:], 0, 0, 1, 0, strings.Repeat("x", 256), 0, 0)),
		err:    "too-large: CANCEL: 256 bytes in by: at most 255 are accepted",
	},
	{
		name: "a change of nothing", dialect: BCP2Client, frames: msg(raw("BCPC02\x1e", u32Two, 4, 0, 0, change, 0, 0, 0, 0)),
		err: "bad-option: CHANGE: edit: nothing to change is named: options, a worker or a service are accepted",
	},
	{
		name: "a change that there is not", dialect: BCP2Client, frames: msg(raw("BCPC02\x1e", u32Two, 8, 0, 0, change, 0, 0, 0, 0)),
		err: "malformed: CHANGE: what to do 8: 1 to 7 are accepted",
	},
	{
		name: "a move to nobody", dialect: BCP2Client, frames: msg(raw("BCPC02\x1e", u32Two, 5, 0, 0, change, 0, 0, 0, 0)),
		err: "bad-option: CHANGE: move: a worker or a service is accepted with it, and no options",
	},
	{
		name: "a cancel with a target", dialect: BCP2Client, frames: msg(raw("BCPC02\x1e", u32Two, 1, 0, 0, change, 0, 0, 2, 1, "s")),
		err: "bad-option: CHANGE: cancel: no target and no options are accepted with it",
	},
	{
		name: "a hold with new keys", dialect: BCP2Client, frames: msg(raw("BCPC02\x1e", u32Two, 2, 0, 0, change, 0, 1, "k", 0, 0)),
		err: "bad-option: CHANGE: hold: no new-keys are accepted with it",
	},
	{
		name: "a retry with long new keys", dialect: BCP2Client,
		frames: msg(raw("BCPC02\x1e", u32Two, 6, 0, 0, change, 1, 230, strings.Repeat("k", 486), 0, 0)),
		err:    "too-large: CHANGE: 486 bytes in new-keys: at most 485 are accepted",
	},
	{
		name: "a page of named tasks", dialect: BCP2Client,
		frames: msg(raw("BCPC02\x1e", u32Two, 1, 0, 0, 0, 0, 9, make([]byte, 32), 0, 1, taskA[:], 0, 0, 0, 0, 0, 0, 0, 0)),
		err:    "malformed: CHANGE: tasks are named: neither count, all, limit, after nor until is accepted with them",
	},
	{
		name: "a cancel of every task, by an empty filter", dialect: BCP2Client, frames: msg(raw("BCPC02\x1e", u32Two, 1, 0, 1, " ", change, 0, 0, 0, 0)),
		err: "bad-option: CHANGE: cancel: either a filter or all is accepted: an empty filter does not mean every task",
	},
	{
		name: "a cancel of all that are held", dialect: BCP2Client,
		frames: msg(raw("BCPC02\x1e", u32Two, 1, 0, 4, "held", 2, 0, 0, make([]byte, 32), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
		err:    "bad-option: CHANGE: cancel: either a filter or all is accepted: an empty filter does not mean every task",
	},
	{
		name: "a change of too many tasks", dialect: BCP2Client,
		frames: msg(raw("BCPC02\x1e", u32Two, 1, 0, 0, 0, 0, 0, make([]byte, 32), 0, 101)),
		err:    "too-large: CHANGE: 101 tasks: at most 100 are accepted",
	},
	{
		name: "a find with a long filter", dialect: BCP2Client, frames: msg(raw("BCPC02\x19", u32Two, 0, 0, 0, make([]byte, 32), 0x20, 0x01)),
		err: "too-large: FIND: 8193 bytes in filter: at most 8192 are accepted",
	},
	{
		name: "found tasks that are not there", dialect: BCP2Client, side: ToPeer,
		frames: msg(raw("BCPC02\x25", u32Two, make([]byte, 36), 0, 1)),
		err:    "malformed: FOUND: 1 tasks: the head ends before",
	},
	{
		name: "a found task that is cut off", dialect: BCP2Client, side: ToPeer,
		frames: msg(raw("BCPC02\x25", u32Two, make([]byte, 36), 0, 1, 0, 0, 0, 3, make([]byte, 8))),
		err:    "malformed: FOUND: head ends 13 bytes early",
	},
	{
		name: "an unknown option", dialect: BCP2Client, frames: msg(raw(submitStart, 99, 0, 1, 1)),
		err: "unsupported: SUBMIT: option 99 is not known",
	},
	{
		name: "an option twice", dialect: BCP2Client, frames: msg(raw(submitStart, 1, 0, 8, u64Two, 1, 0, 8, u64Two)),
		err: "malformed: SUBMIT: option 1 (tries) comes twice",
	},
	{
		name: "an option of a bad size", dialect: BCP2Client, frames: msg(raw(submitStart, 1, 0, 4, u32Two)),
		err: "malformed: SUBMIT: option 1 (tries) has 4 bytes: it is a number of 8",
	},
	{
		name: "an array without members", dialect: BCP2Client, frames: msg(raw(submitStart, 30, 0, 3, 0, 1, "0")),
		err: `bad-option: SUBMIT: array "0": a number of members, or indexes and ranges of them in rising order such as 0-99,120, are accepted`,
	},
	{
		name: "an array with too many", dialect: BCP2Client, frames: msg(raw(submitStart, 30, 0, 10, 0, 8, "10000001")),
		err: `bad-option: SUBMIT: array "10000001": at most 10000000 members are accepted`,
	},
	{
		name: "indexes that fall", dialect: BCP2Client, frames: msg(raw(submitStart, 30, 0, 5, 0, 3, "7,7")),
		err: `bad-option: SUBMIT: array "7,7": 7 comes after 7: a number of members, or indexes and ranges of them in rising order such as 0-99,120, are accepted`,
	},
	{
		name: "a limit of an array alone", dialect: BCP2Client, frames: msg(raw(submitStart, 31, 0, 8, u64Two)),
		err: "bad-option: SUBMIT: array-running 2: only accepted with array",
	},
	{
		name: "an option that ends early", dialect: BCP2Client, frames: msg(raw(submitStart, 1, 0, 8, u32Two)),
		err: "malformed: SUBMIT: head ends 4 bytes early",
	},
	{
		name: "tries beyond any number", dialect: BCP2Client, frames: msg(raw(submitStart, 1, 0, 8, minus)),
		err: "bad-option: SUBMIT: tries -1: 1 to 1000 are accepted",
	},
	{
		name: "a loss-max beyond any number", dialect: BCP2Client, frames: msg(raw(submitStart, 2, 0, 8, minus)),
		err: "bad-option: SUBMIT: loss-max -1: 0 to 1000 are accepted",
	},
	{
		name: "an unknown policy", dialect: BCP2Client, frames: msg(raw(submitStart, 3, 0, 8, minus)),
		err: "bad-option: SUBMIT: on-worker-lost -1: 0 (default), 1 (requeue), 2 (wait) or 3 (fail) is accepted",
	},
	{
		name: "a negative timeout", dialect: BCP2Client, frames: msg(raw(submitStart, 5, 0, 8, minus)),
		err: "bad-option: SUBMIT: run-timeout -1ms: 0s to 3650d (10 years) are accepted",
	},
	{
		name: "a target of no kind", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32Two, 0, 5, 5, "count", 0, 0, 0, 0)),
		err: "bad-option: SUBMIT: target kind 5: 1 (worker), 2 (service), 3 (all) or 4 (any worker) is accepted",
	},
	{
		name: "a target without a name", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32Two, 0, 1, 0, 0, 0, 0, 0)),
		err: "bad-name: SUBMIT: worker is empty: 1 to 255 bytes are accepted",
	},
	{
		name: "too many arguments", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32Two, 0, 1, 1, "a", 0, 0, 4, 1, make([]byte, 4*1025))),
		err: "too-large: SUBMIT: 1025 arguments: at most 1024 are accepted",
	},
	{
		name: "arguments that are too long", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32Two, 0, 1, 1, "a", 0, 0, 0, 1, 0, 2, 0, 1, make([]byte, MaxArgvBytes+1))),
		err: "bad-option: SUBMIT: argv has 131073 bytes: at most 131072 are accepted",
	},
	{
		name: "an argument that is not there", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32Two, 0, 1, 1, "a", 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff)),
		err: "malformed: SUBMIT: head ends 4294967295 bytes early",
	},

	{
		name: "a batch of nothing", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0, 0)),
		err: "bad-option: SUBMIT-BATCH: 0 tasks in the batch: 1 to 10000 are accepted",
	},
	{
		name: "a batch of too many", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0x27, 0x11)),
		err: "too-large: SUBMIT-BATCH: 10001 tasks: at most 10000 are accepted",
	},
	{
		name: "a batch of fewer than it says", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0x27, 0x10, batched("k", 0, 0))),
		err: "malformed: SUBMIT-BATCH: 10000 tasks: the head ends before",
	},
	{
		name: "a task of a batch that ends early", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0, 2, batched("k", 0, 0), 0, 0, 0, 0, 0, 0, 0, 2, 0, 2)),
		err: "malformed: SUBMIT-BATCH: task 2: head ends 1 bytes early",
	},
	{
		name: "a bad option of a task of a batch", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0, 1, 0, 0, 0, 0, 0, 0, 0, 19, 0, 2, 1, "a", 0, 0, 0, 0, 1, 0, 8, make([]byte, 8))),
		err: "bad-option: SUBMIT-BATCH: task 1: tries 0: 1 to 1000 are accepted",
	},
	{
		name: "a batch with the same key twice", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0, 3, batched("k", 0, 0), batched("l", 0, 0), batched("k", 0, 0))),
		err: `key-conflict: SUBMIT-BATCH: task 3: key "k" is that of task 1 as well: each task of a batch needs a key of its own`,
	},
	{
		name: "a batch that waits for what is not in it", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0, 2, batched("k", 0, 0), batched("l", 0, 3))),
		err: "unknown-task: SUBMIT-BATCH: task 2: after task 3 of the batch: it has 2",
	},
	{
		name: "a batch that waits in a circle", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0, 4, batched("k", 0, 2), batched("l", 0, 4), batched("m", 0, 0), batched("n", 0, 2))),
		err: "bad-option: SUBMIT-BATCH: task 2: after: the tasks 2 -> 4 -> 2 wait for each other in a circle",
	},
	{
		name: "a task of a batch that waits for itself", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0, 1, batched("k", 0, 1))),
		err: "bad-option: SUBMIT-BATCH: task 1: after: the tasks 1 -> 1 wait for each other in a circle",
	},
	{
		name: "a batch with a body too few", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0, 2, batched("k", 2, 0), batched("l", 2, 0)), raw("abc")),
		err: "malformed: SUBMIT-BATCH: task 2: the payload ends 1 bytes before its body does",
	},
	{
		name: "a batch with a body too many", dialect: BCP2Client, frames: msg(raw("BCPC02\x1b", u32Two, 0, 1, batched("k", 2, 0)), raw("abc")),
		err: "malformed: SUBMIT-BATCH: payload has 1 bytes too many",
	},
	{
		name: "attempt 0", dialect: BCP2Worker, frames: msg(raw("BCPW02\x32", taskA[:], 0, 0, 0, 0)),
		err: "malformed: BEGUN: attempt 0: attempts are counted from 1",
	},
	{
		name: "a dependency cut short", dialect: BCP2Client, frames: msg(raw(submitStart, 15, 0, 16, taskA[:])),
		err: "malformed: SUBMIT: option 15 (after) has 16 bytes: it is tasks of 17 bytes each",
	},
	{
		name: "a selector that is none", dialect: BCP2Client, frames: msg(raw(submitStart, 17, 0, 6, 0, 4, "gpu=")),
		err: `bad-option: SUBMIT: where "gpu=": term "gpu=": name=value, name=value|value, name!=value, name or !name is accepted`,
	},
	{
		name: "a resource without an amount", dialect: BCP2Client, frames: msg(raw(submitStart, 18, 0, 5, 0, 3, "cpu")),
		err: `bad-option: SUBMIT: resource "cpu": name=amount of at most 255 bytes is accepted, as cpu=2 or mem=1.5GiB`,
	},
	{
		name: "a preference for ever", dialect: BCP2Client, frames: msg(raw(submitStart, 19, 0, 5, 0, 3, "gpu")),
		err: `bad-option: SUBMIT: prefer "gpu": only accepted with prefer-for above 0`,
	},
	{
		name: "any worker at all", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32One, 0, 4, 0, 0, 0, 0, 0)),
		err: "bad-option: SUBMIT: target: a worker, a service, where, or the same worker as another task is accepted",
	},
	{
		name: "a broadcast to all workers there are", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32One, 0, 3, 0, 0, 0, 0, 0)),
		err: "bad-option: SUBMIT: target: all of a service, or all that match where, is accepted",
	},
	{
		name: "a broadcast of an array", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32One, 0, 3, 5, "count", 0, 0, 0, 0, 30, 0, 3, 0, 1, "4")),
		err: `bad-option: SUBMIT: array "4": not accepted with a broadcast, whose members are the workers'`,
	},
	{
		name: "a broadcast that prefers some", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32One, 0, 3, 5, "count", 0, 0, 0, 0, 19, 0, 5, 0, 3, "gpu", 20, 0, 8, 0, 0, 0, 0, 0, 0, 0, 9)),
		err: `bad-option: SUBMIT: prefer "gpu": not accepted with a broadcast, each of whose members is for one worker`,
	},
	{
		name: "a broadcast to the worker of another task", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32One, 0, 3, 5, "count", 0, 0, 0, 0, 15, 0, 17, taskA[:], 4)),
		err: "bad-option: SUBMIT: same-worker-as: not accepted with a broadcast, each of whose members is for one worker",
	},
	{
		name: "late joiners of no broadcast", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32One, 0, 2, 5, "count", 0, 0, 0, 0, 33, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1)),
		err: "bad-option: SUBMIT: late-joiners: only accepted with all",
	},
	{
		name: "who is away of no broadcast", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32One, 0, 2, 5, "count", 0, 0, 0, 0, 34, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1)),
		err: "bad-option: SUBMIT: on-away skip: only accepted with all",
	},
	{
		name: "an unknown policy for who is away", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32One, 0, 3, 5, "count", 0, 0, 0, 0, 34, 0, 8, 0, 0, 0, 0, 0, 0, 0, 3)),
		err: "bad-option: SUBMIT: on-away 3: 0 (wait), 1 (skip) or 2 (fail) is accepted",
	},
	{
		name: "any worker, with a name", dialect: BCP2Client, frames: msg(raw("BCPC02\x11", u32One, 0, 4, 1, "w", 0, 0, 0, 0, 17, 0, 5, 0, 3, "gpu")),
		err: `bad-option: SUBMIT: target "w": no name is accepted with target kind 4 (any worker)`,
	},
	{
		name: "a dependency on nothing known", dialect: BCP2Client, frames: msg(raw(submitStart, 15, 0, 17, taskA[:], 5)),
		err: "bad-option: SUBMIT: after \"01J8ZQ5W3N4M5P6Q7R8S9T0V1W:wants(5)\": ok, any or failed is accepted after the task's ID; worker stands for same-worker-as",
	},
	{
		name: "an edit to a dependency on nothing known", dialect: BCP2Client, frames: msg(raw(editStart, 15, 0, 17, taskA[:], 5)),
		err: "bad-option: EDIT: after \"01J8ZQ5W3N4M5P6Q7R8S9T0V1W:wants(5)\": ok, any or failed is accepted after the task's ID; worker stands for same-worker-as",
	},
	{
		name: "a dependency twice", dialect: BCP2Client, frames: msg(raw(submitStart, 15, 0, 34, taskA[:], 1, taskA[:], 2)),
		err: "bad-option: SUBMIT: after \"01J8ZQ5W3N4M5P6Q7R8S9T0V1W:any\": each is accepted once",
	},
	{
		name: "a priority beyond the scale", dialect: BCP2Client, frames: msg(raw(submitStart, 8, 0, 8, 0, 0, 0, 0, 0, 0, 0, 101)),
		err: "bad-option: SUBMIT: priority 101: -100 to 100 are accepted",
	},
	{
		name: "a moment before all time", dialect: BCP2Client, frames: msg(raw(submitStart, 10, 0, 8, minus)),
		err: "bad-option: SUBMIT: not-before 1969-12-31T23:59:59Z: a time since 1970 is accepted",
	},
	{
		name: "a label cut short", dialect: BCP2Client, frames: msg(raw(submitStart, 16, 0, 4, 0, 3, "a=")),
		err: "malformed: SUBMIT: option 16 (label): its 4 bytes are no texts",
	},
	{
		name: "a label without a value", dialect: BCP2Client, frames: msg(raw(submitStart, 16, 0, 5, 0, 3, "run")),
		err: `bad-option: SUBMIT: label "run": name=value in printable UTF-8 of at most 255 bytes is accepted, the name without spaces`,
	},
	{
		name: "a label twice", dialect: BCP2Client, frames: msg(raw(submitStart, 16, 0, 10, 0, 3, "a=1", 0, 3, "a=2")),
		err: `bad-option: SUBMIT: label "a=2": each is accepted once`,
	},
	{
		name: "a field that an outcome doesn't have", dialect: BCP2Worker, frames: msg(raw("BCPW02\x33", refA, 2, 0, 0, 99, 0, 1, "x")),
		err: "unsupported: OUTCOME: field 99 is not known",
	},
	{
		name: "an error of two sorts", dialect: BCP2Worker, frames: msg(raw("BCPW02\x33", refA, 2, 0, 0, 1, 0, 3, "oom", 1, 0, 4, "disk")),
		err: "malformed: OUTCOME: field 1 (class) comes twice",
	},
	{
		name: "a class with a space", dialect: BCP2Worker, frames: msg(raw("BCPW02\x33", refA, 2, 0, 0, 1, 0, 3, "a b")),
		err: `bad-name: OUTCOME: class "a b": printable UTF-8 without spaces or control characters is accepted`,
	},
	{
		name: "a field that is cut off", dialect: BCP2Worker, frames: msg(raw("BCPW02\x33", refA, 2, 0, 0, 1, 0, 9, "oom")),
		err: "malformed: OUTCOME: head ends 6 bytes early",
	},
	{
		name: "an unknown verdict", dialect: BCP2Worker, frames: msg(raw("BCPW02\x33", refA, 9, 0, 0)),
		err: "malformed: OUTCOME: verdict 9: 1 to 8 are accepted",
	},
	{
		name: "an unknown phase", dialect: BCP2Worker, frames: msg(raw("BCPW02\x31", u64Two, 0, 0, 1, refA, 4)),
		err: "malformed: WORKER-BEAT: phase 4: 1 to 3 are accepted",
	},
	{
		name: "an inventory that is not there", dialect: BCP2Worker, frames: msg(raw("BCPW02\x31", u64Two, 0, 0x20, 0, refA, 1)),
		err: "malformed: WORKER-BEAT: 8192 items in inventory: the head ends before",
	},
	{
		name: "an inventory that is too large", dialect: BCP2Worker, frames: msg(raw("BCPW02\x31", u64Two, 0, 0x20, 1)),
		err: "too-large: WORKER-BEAT: 8193 items in inventory: at most 8192 are accepted",
	},
	{
		name: "no slots", dialect: BCP2Worker, frames: msg(raw("BCPW02\x30", id16[:], 0, 0, 0, 0, 1, "w", 0, 0, 0, 0)),
		err: "bad-option: REGISTER: slots 0: 1 to 4096 are accepted",
	},
	{
		name: "an empty service", dialect: BCP2Worker, frames: msg(raw("BCPW02\x30", id16[:], u32One, 1, "w", 0, 1, 0, 0, 0)),
		err: "bad-name: REGISTER: service is empty: 1 to 255 bytes are accepted",
	},
	{
		name: "a label that no selector can name", dialect: BCP2Worker, frames: msg(raw(registerStart, 1, 0, 5, "gpu=,")),
		err: `bad-option: REGISTER: label "gpu=,": name=value is accepted, printable UTF-8 of at most 255 bytes without "|", "," and more of "=", the name without spaces and "!"`,
	},
	{
		name: "a resource without an amount", dialect: BCP2Worker, frames: msg(raw(registerStart, 2, 0, 3, "cpu")),
		err: `bad-option: REGISTER: resource "cpu": name=amount of at most 255 bytes is accepted, as cpu=2 or mem=1.5GiB`,
	},
	{
		name: "an unknown field of a registration", dialect: BCP2Worker, frames: msg(raw(registerStart, 9, 0, 0)),
		err: "unsupported: REGISTER: field 9 is not known",
	},
	{
		name: "a checkpoint without a number", dialect: BCP2Worker, frames: msg(raw("BCPW02\x34", refA, 0, 0, 0, 0)),
		err: "malformed: CHECKPOINT: seq 0: those of an attempt are counted from 1",
	},
	{
		name: "a time-out that a worker may not change", dialect: BCP2Worker, frames: msg(raw("BCPW02\x35", refA, u32One, 6, u64Two, 0, 0)),
		err: "bad-option: EXTEND: option 6: 5 (run-timeout), 24 (silence-timeout) or 25 (life-timeout) is accepted",
	},
	{
		name: "less time than none", dialect: BCP2Worker, frames: msg(raw("BCPW02\x35", refA, u32One, 5, minus, 0, 0)),
		err: "bad-option: EXTEND: time left -1ms: 0s to 3650d (10 years) are accepted",
	},
	{
		name: "a checkpoint in two fields", dialect: BCP2Worker, side: ToPeer, frames: msg(raw(
			"BCPW02\x40", make([]byte, 7), 1, refA, make([]byte, 16), 1, "s", 0, 0, 1, 0, 1, "a", 1, 0, 1, "b")),
		err: "malformed: DISPATCH: field 1 (checkpoint) comes twice",
	},
	{
		name: "a fraction beyond 1", dialect: BCP2Worker, frames: msg(raw("BCPW02\x23", refA, 0x40, 0, 0, 0, 0, 0)),
		err: "bad-option: PROGRESS: fraction 2: 0 to 1, or a negative number for unknown, is accepted",
	},
	{
		name: "a field that is cut off", dialect: BCP2Worker, frames: msg(raw(progressStart, 1, 0, 4, "a=b")),
		err: "malformed: PROGRESS: head ends 1 bytes early",
	},
	{
		name: "fields in falling order", dialect: BCP2Worker, frames: msg(raw(progressStart, 9, 0, 0, 1, 0, 3, "a=b")),
		err: "malformed: PROGRESS: field 1 stands behind field 9: the lower comes first",
	},
	{
		name: "a pair without a value", dialect: BCP2Worker, frames: msg(raw(progressStart, 1, 0, 1, "a")),
		err: `bad-option: PROGRESS: pair "a": name=value in printable UTF-8 of at most 255 bytes is accepted, the name without spaces`,
	},
	{
		name: "a pair twice", dialect: BCP2Worker, frames: msg(raw(progressStart, 1, 0, 3, "a=b", 1, 0, 3, "a=c")),
		err: `bad-option: PROGRESS: pair "a=c": each name is accepted once`,
	},
	{
		name: "too many pairs", dialect: BCP2Worker, frames: msg(raw(progressStart, bytes.Repeat(raw(1, 0, 3, "a=b"), 17))),
		err: "too-large: PROGRESS: 17 pairs or more: at most 16 are accepted",
	},
	{
		name: "a fraction that is no number", dialect: BCP2Worker, frames: msg(raw("BCPW02\x23", refA, 0x7f, 0xc0, 0, 0, 0, 0)),
		err: "bad-option: PROGRESS: fraction NaN: 0 to 1, or a negative number for unknown, is accepted",
	},
	{
		name: "a fraction without end", dialect: BCP2Worker, frames: msg(raw("BCPW02\x23", refA, 0xff, 0x80, 0, 0, 0, 0)),
		err: "bad-option: PROGRESS: fraction -Inf: 0 to 1, or a negative number for unknown, is accepted",
	},
	{
		name: "an end that is none", dialect: BCP2Client, side: ToPeer, frames: msg(raw("BCPC02\x24", refA, 3, 0, 0, 0, 0)),
		err: "malformed: ENDED: state 3: 5 to 7 are accepted",
	},

	{
		name: "too short for a client", dialect: BCP1Client, frames: parts("", "BCPC01", "node-7"),
		err: "malformed: client's message has 3 frames: empty, BCPC01, service, command and job id are expected",
	},
	{
		name: "a service with a slash", dialect: BCP1Client, frames: parts("", "BCPC01", "a/b", "\x01", "12", "{}"),
		err: `bad-name: service "a/b": a BCP/1 client cannot name a worker with a slash in its name`,
	},
	{
		name: "a service with a space", dialect: BCP1Client, frames: parts("", "BCPC01", "a b", "\x01", "12", "{}"),
		err: `bad-name: service "a b": printable UTF-8 without spaces or control characters is accepted`,
	},
	{
		name: "execute of nothing", dialect: BCP1Client, frames: parts("", "BCPC01", "node-7", "\x01"),
		err: "malformed: EXECUTE has 0 frames after the command: a job id and its data are expected",
	},
	{
		name: "execute of too much", dialect: BCP1Client, frames: parts("", "BCPC01", "node-7", "\x01", "12", "{}", "{}"),
		err: "malformed: EXECUTE has 3 frames after the command: a job id and its data are expected",
	},
	{
		name: "execute without a job id", dialect: BCP1Client, frames: parts("", "BCPC01", "node-7", "\x01", "", "{}"),
		err: "malformed: job id has 0 bytes: 1 to 250 are accepted",
	},
	{
		name: "a job id that is too long", dialect: BCP1Client, frames: parts("", "BCPC01", "node-7", "\x02", strings.Repeat("1", 251)),
		err: "malformed: job id has 251 bytes: 1 to 250 are accepted",
	},
	{
		name: "cancel of nothing", dialect: BCP1Client, frames: parts("", "BCPC01", "node-7", "\x02"),
		err: "malformed: CANCEL has 0 frames after the command: a job id is expected",
	},
	{
		name: "a shutdown", dialect: BCP1Client, frames: parts("", "BCPC01", "node-7", "\x03"),
		err: "not-allowed: SCHEDULER_SHUTDOWN: a client may not shut a worker down",
	},
	{
		name: "an unknown command of a client", dialect: BCP1Client, frames: parts("", "BCPC01", "node-7", "\x01\x01", "12"),
		err: "unsupported: client's command is not EXECUTE (1), CANCEL (2) or SCHEDULER_SHUTDOWN (3)",
	},
	{
		name: "an answer that is too short", dialect: BCP1Client, side: ToPeer, frames: parts("", "BCPC01", "node-7", "node-7", "\x01"),
		err: "malformed: answer has 5 frames: at least 6 are expected",
	},
	{
		name: "an unknown word", dialect: BCP1Client, side: ToPeer, frames: parts("", "BCPC01", "node-7", "node-7", "\x07", "12"),
		err: "unsupported: word about a job is not one of 1 to 6",
	},

	{
		name: "too short for a worker", dialect: BCP1Worker, frames: parts("", "BCPW01"),
		err: "malformed: worker's message has 2 frames: empty, BCPW01 and a command are expected",
	},
	{
		name: "a worker's request", dialect: BCP1Worker, frames: parts("", "BCPW01", "\x02", "bcp", "", "\x01", jobA, "{}"),
		err: "malformed: worker's command 02 with 5 frames after it is none of READY, REPLY, HEARTBEAT and DISCONNECT",
	},
	{
		name: "a heartbeat with more", dialect: BCP1Worker, frames: parts("", "BCPW01", "\x04", "x"),
		err: "malformed: worker's command 04 with 1 frames after it is none of READY, REPLY, HEARTBEAT and DISCONNECT",
	},
	{
		name: "ready without a service", dialect: BCP1Worker, frames: parts("", "BCPW01", "\x01"),
		err: "malformed: READY has 0 frames: a service is expected",
	},
	{
		name: "ready with a bad service", dialect: BCP1Worker, frames: parts("", "BCPW01", "\x01", "node\n7"),
		err: `bad-name: service "node\n7": printable UTF-8 without spaces or control characters is accepted`,
	},
	{
		name: "a reply that is too short", dialect: BCP1Worker, frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x03"),
		err: "malformed: REPLY has 4 frames: client, empty, service, word and job id are expected",
	},
	{
		name: "a reply for another's job", dialect: BCP1Worker, frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x03", "12", "{}"),
		err: `malformed: REPLY for job "12", which is not the broker's`,
	},
	{
		name: "a reply with an unknown word", dialect: BCP1Worker, frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x07", jobA),
		err: "malformed: REPLY's word is not one of 1 to 6",
	},
	{
		name: "a request for another's job", dialect: BCP1Worker, side: ToPeer, frames: parts("", "BCPW01", "\x02", "bcp", "", "\x01", "12", "{}"),
		err: `malformed: REQUEST for job "12", which is not the broker's`,
	},
	{
		name: "a request that is too short", dialect: BCP1Worker, side: ToPeer, frames: parts("", "BCPW01", "\x02", "bcp", "", "\x01"),
		err: "malformed: REQUEST has 3 frames: client, empty, command, job id and data are expected",
	},
	{
		name: "a request of another sort", dialect: BCP1Worker, side: ToPeer, frames: parts("", "BCPW01", "\x02", "bcp", "", "\x03", jobA),
		err: "unsupported: REQUEST is not EXECUTE (1) or CANCEL (2)",
	},
}

func TestRefusals(t *testing.T) {
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			d, m, err := Decode(r.frames, r.side)
			if m != nil || err == nil || err.Error() != r.err {
				t.Errorf("message %v, error %v\nwant %s", m, err, r.err)
			}
			if d != r.dialect {
				t.Errorf("dialect %v, want %v: the peer could not be answered", headers[d], headers[r.dialect])
			}
			var e *Error
			if !errors.As(err, &e) || e.Code == 0 {
				t.Errorf("error %T has no code", err)
			}
		})
	}
}

// formatRefusals leaves those out that show a limit and are long.
func formatRefusals() string {
	var stanzas []string
	for _, r := range refusals {
		if size := len(bytes.Join(r.frames, nil)); size <= 600 {
			stanzas = append(stanzas, formatHead(r.name, r.dialect, r.side, r.frames)+"refused: "+r.err+"\n")
		}
	}
	return strings.Join(stanzas, "\n")
}

// TestRefusalNamesTheRequest tells whether a peer can find what was refused.
func TestRefusalNamesTheRequest(t *testing.T) {
	_, _, err := Decode(msg(raw(submitStart, 99, 0, 0)), ToBroker)
	var e *Error
	if !errors.As(err, &e) || e.Refuse().Req != 2 {
		t.Errorf("error %+v does not name request 2", e)
	}
	_, _, err = Decode(parts("", "BCPC01", "node-7", "\x03"), ToBroker)
	if !errors.As(err, &e) || e.Refuse().Target != nodeSeven {
		t.Errorf("error %+v does not name node-7", e)
	}
}

func TestTooManyFrames(t *testing.T) {
	for _, frames := range [][][]byte{
		append(msg(raw("BCPW02\x33", refA, 1, 0, 0)), make([][]byte, MaxFrames)...),
		append(parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x04", jobA), make([][]byte, MaxFrames)...),
	} {
		d, _, err := Decode(frames, ToBroker)
		if d == DialectNone || err == nil || !strings.Contains(err.Error(), "at most 256 are accepted") {
			t.Errorf("dialect %v, error %v", d, err)
		}
	}
	if d, _, err := Decode(nil, ToBroker); d != DialectNone || err == nil || err.Error() != "malformed: message without frames" {
		t.Errorf("no frames: dialect %v, error %v", d, err)
	}
}

func TestTooLargePayload(t *testing.T) {
	large := make([]byte, MaxBody+1)
	_, _, err := Decode(msg(submitStart, large), ToBroker)
	if want := "too-large: SUBMIT: payload has 67108865 bytes: at most 67108864 are accepted"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	_, _, err = Decode(msg(raw("BCPW02\x34", refA, u32One), make([]byte, journal.MaxCheckpoint+1)), ToBroker)
	if want := "too-large: CHECKPOINT: payload has 65536 bytes: at most 65535 are accepted"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	_, err = Encode(nil, BCP2Worker, &Outcome{Ref: Ref{taskA, 1}, Verdict: VerdictDone, Payload: large})
	if want := "too-large: OUTCOME: payload has 67108865 bytes: at most 67108864 are accepted"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	_, _, err = Decode(append(parts("", "BCPC01", "node-7", "\x01", "12"), large), ToBroker)
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeTooLarge || e.Key != "bcp1/node-7/12" || e.Target != nodeSeven {
		t.Errorf("error %+v does not name the job", e)
	}
	_, m, err := Decode(append(parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x03", jobA), large), ToBroker)
	if o, ok := m.(*Outcome); err != nil || !ok || o.Verdict != VerdictFailed || o.Payload != nil || !strings.HasPrefix(o.Text, "too-large: ") {
		t.Errorf("message %T, error %v: a BCP/1 worker's end must not be lost", m, err)
	}
}

// A job id toward a worker is spelled in one way.
func TestOneSpellingOfAJob(t *testing.T) {
	task := taskA.String()
	for job, good := range map[string]bool{
		task + "-1": true, task + "-4294967295": true,
		task + "-0": false, task + "-01": false, task + "-+1": false, task + "-4294967296": false, task + "-": false,
		task + "_1": false, task: false, strings.ToLower(task) + "-1": false, task[:25] + "U-1": false, "8" + task[1:] + "-1": false,
	} {
		_, m, err := Decode(parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x02", job), ToBroker)
		if begun, ok := m.(*Begun); good != (err == nil) || ok && string(bcp1Ref(begun.Ref)) != job {
			t.Errorf("job %s: %+v, error %v", job, m, err)
		}
	}
}

// TestEncodeRefuses takes what Decode would refuse to Encode.
func TestEncodeRefuses(t *testing.T) {
	long := strings.Repeat("x", MaxKey+1)
	target := journal.Target{Kind: journal.ToService, Name: "count"}
	for _, c := range []struct {
		dialect Dialect
		message Message
		err     string
	}{
		{BCP2Client, &Hello{}, "bad-name: HELLO: session is empty: 1 to 255 bytes are accepted"},
		{BCP2Client, &Hello{Session: long}, "bad-name: HELLO: session has 513 bytes: 1 to 255 are accepted"},
		{BCP2Client, &Submit{}, "bad-option: SUBMIT: target kind 0: 1 (worker), 2 (service), 3 (all) or 4 (any worker) is accepted"},
		{BCP2Client, &Submit{Spec: &journal.Spec{Target: target}}, "bad-option: SUBMIT: tries 0: 1 to 1000 are accepted"},
		{BCP2Client, &Submit{Spec: &journal.Spec{Target: target, Tries: 1, Key: long}}, "too-large: SUBMIT: 513 bytes in key: at most 512 are accepted"},
		{BCP2Client, &Query{}, "malformed: QUERY: neither a task nor a key is named"},
		{BCP2Client, &Wait{Tasks: make([]journal.ID, MaxWait+1)}, "too-large: WAIT: 1025 tasks: at most 1024 are accepted"},
		{BCP2Worker, &Dispatch{Ref: Ref{taskA, 1}, Service: "s", SilenceTimeoutMS: -1}, "bad-option: DISPATCH: silence-timeout -1: 0 to 315360000000 are accepted"},
		{BCP2Client, &Started{Ref: Ref{taskA, 0}, Worker: "w"}, "malformed: STARTED: attempt 0: attempts are counted from 1"},
		{BCP2Client, &Ended{Ref: Ref{taskA, 1}, State: journal.Running}, "malformed: ENDED: state 3: 5 to 7 are accepted"},
		{BCP2Worker, &Register{Name: "w"}, "bad-option: REGISTER: slots 0: 1 to 4096 are accepted"},
		{BCP2Worker, &WorkerBeat{Inventory: make([]Item, MaxInventory+1)}, "too-large: WORKER-BEAT: 8193 items in inventory: at most 8192 are accepted"},
		{BCP2Worker, &Outcome{Ref: Ref{taskA, 1}}, "malformed: OUTCOME: verdict 0: 1 to 8 are accepted"},
	} {
		frames, err := Encode(nil, c.dialect, c.message)
		if frames != nil || err == nil || err.Error() != c.err {
			t.Errorf("%T: error %v\nwant %s", c.message, err, c.err)
		}
	}
}

func TestTextsAreCut(t *testing.T) {
	long := strings.Repeat("ä", MaxText)
	frames, err := Encode(nil, BCP2Worker, &Outcome{Ref: Ref{taskA, 1}, Verdict: VerdictFailed, Text: long})
	if err != nil {
		t.Fatal(err)
	}
	_, m, err := Decode(frames, ToBroker)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.(*Outcome).Text; got != long[:MaxText] {
		t.Errorf("text has %d bytes, want %d", len(got), MaxText)
	}
	if got := cut("aää", 4); got != "aä" {
		t.Errorf("cut between the bytes of a character: %q", got)
	}
	if got := cut("\x80\x80\x80\x80\x80\x80\x80\x80", 6); got != "\x80\x80" {
		t.Errorf("cut of what is no text went on to %q", got)
	}
}

// TestOlderSubmits reads what older builds accepted: whether it is a repetition, which isn't
// refused, its reader doesn't know. It is not written any more.
func TestOlderSubmits(t *testing.T) {
	jitter := raw(submitStart, 21, 0, 8, make([]byte, 7), 20)
	d, m, err := Decode(msg(jitter), ToBroker)
	submit, ok := m.(*Submit)
	if !ok || submit.Spec.RetryJitter != 20 {
		t.Fatalf("a retry-jitter without a retry-delay: %T, %v", m, err)
	}
	want := "bad-option: SUBMIT: retry-jitter 20%: only accepted with retry-delay above 0, which it is a part of"
	if _, err := Encode(nil, d, submit); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
