package server

import (
	"fmt"
	"strings"
	"testing"

	"bcp/broker"
	"bcp/broker/wire"
)

// ask has a client ask n questions more, and returns which were refused.
func (q *questions) ask(client string, n int) (refused []string) {
	for range n {
		no, full := q.add(client, broker.Send{To: wire.Peer{Route: client}})
		if full {
			refused = append(refused, no.To.Route)
		}
	}
	return refused
}

// Clients take turns, however much one of them has asked before.
func TestQuestionsTakeTurns(t *testing.T) {
	q := newQuestions()
	refused := q.ask("a", questionsEach+2)
	if len(refused) != 2 || q.count != questionsEach {
		t.Errorf("%d wait, refused: %v", q.count, refused)
	}
	q.ask("b", 2)
	q.ask("c", 1)
	order := ""
	for range 6 {
		asked, _ := q.next()
		order += asked.To.Route
	}
	if order != "abcaba" {
		t.Errorf("answered in the order %s", order)
	}
	for q.count > 0 {
		q.next()
	}
	if _, ok := q.next(); ok || len(q.of) != 0 || len(q.turns) != 0 {
		t.Errorf("what is left: %+v", q)
	}
}

// When all places are taken a client with fewer questions has one of the client with the
// most, until all have alike.
func TestQuestionsHaveRoomForOthers(t *testing.T) {
	q := newQuestions()
	for i := range questionsMax / questionsEach {
		if refused := q.ask(fmt.Sprint(i), questionsEach); refused != nil {
			t.Fatalf("refused: %v", refused)
		}
	}
	refused := strings.Join(q.ask("new", questionsEach), " ")
	if want := "0 1 2 3 0 1 2 3 0 1 2 3 new new new new"; refused != want {
		t.Errorf("refused: %s\nwant: %s", refused, want)
	}
	if len(q.of["new"]) != 12 || q.count != questionsMax {
		t.Errorf("%d of %d are the new client's", len(q.of["new"]), q.count)
	}
}
