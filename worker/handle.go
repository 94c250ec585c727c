package worker

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"bcp/broker/wire"
)

// stackMax is how much of a panic's stack goes into the failure's text, in
// bytes: the frames next to the cause.
const stackMax = 2 << 10

// handle calls the handler, tells that it does, and puts how it came out into the mailbox,
// whatever way the handler takes.
func handle(ctx context.Context, h Handler, t *Task, called *sync.WaitGroup) {
	called.Done()
	ended := word{task: t, kind: wordEnded, verdict: wire.VerdictFailed, text: "handler ended its goroutine"}
	defer func() {
		if r := recover(); r != nil {
			stack := debug.Stack()
			ended.text = fmt.Sprintf("panic: %v\n%s", r, stack[:min(len(stack), stackMax)])
		}
		t.cancel(nil)
		t.mailbox.put(ended)
	}()
	result, err := h(ctx, t)
	ended.verdict, ended.text, ended.result = verdict(err), "", result
	if err != nil {
		ended.text, ended.class = describe(err)
		ended.result = nil
	}
}
