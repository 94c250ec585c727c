package server

import "bcp/broker"

const (
	// questionsMax is how many questions wait for their answers, which are made one after
	// another: each takes about 100 ms at most.
	questionsMax = 64

	// questionsEach is how many of these one client may have: more are refused.
	questionsEach = 16
)

// questions wait to be answered beside the loop. Clients take turns, and none of them
// keeps others out: when there is no room, the last question of the client with the
// most gives its place to one of a client with fewer.
type questions struct {
	of    map[string][]broker.Send // what each client has asked, in order
	turns []string                 // the clients of these, the next one first
	count int
}

func newQuestions() questions { return questions{of: make(map[string][]broker.Send)} }

// add takes a question in. What there is no room for, this one or another one, is to be
// refused.
func (q *questions) add(client string, asked broker.Send) (refused broker.Send, full bool) {
	mine := len(q.of[client])
	if mine >= questionsEach {
		return asked, true
	}
	if q.count >= questionsMax {
		greedy := q.greediest()
		if len(q.of[greedy]) <= mine+1 {
			return asked, true
		}
		refused, full = q.takeLast(greedy), true
	}
	if mine == 0 {
		q.turns = append(q.turns, client)
	}
	q.of[client] = append(q.of[client], asked)
	q.count++
	return refused, full
}

// next takes out the question whose turn it is.
func (q *questions) next() (asked broker.Send, ok bool) {
	if q.count == 0 {
		return asked, false
	}
	client := q.turns[0]
	q.turns = q.turns[1:]
	asked, q.of[client] = q.of[client][0], q.of[client][1:]
	q.count--
	if len(q.of[client]) == 0 {
		delete(q.of, client)
	} else {
		q.turns = append(q.turns, client)
	}
	return asked, true
}

// greediest is the client with the most questions.
func (q *questions) greediest() string {
	most := q.turns[0]
	for _, client := range q.turns {
		if len(q.of[client]) > len(q.of[most]) {
			most = client
		}
	}
	return most
}

// takeLast takes out the last question of a client that has several.
func (q *questions) takeLast(client string) broker.Send {
	list := q.of[client]
	last := len(list) - 1
	q.of[client] = list[:last]
	q.count--
	return list[last]
}
