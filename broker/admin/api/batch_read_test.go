package api

import (
	"strings"
	"testing"

	"bcp/broker/wire"
)

// readBatch returns the services of the tasks of a batch.
func readBatch(text string) (string, error) {
	var b Batch
	err := b.Decode(strict([]byte(text)))
	services := make([]string, len(b.Tasks))
	for i := range b.Tasks {
		services[i] = string(b.Tasks[i].Service)
	}
	return strings.Join(services, " "), err
}

// A batch means what it would mean if it was read as a whole.
func TestReadBatch(t *testing.T) {
	for text, want := range map[string]string{
		`{"tasks":[{"service":"a"},{"service":"b"}]}`:           "a b",
		` { "TASKS" : [ {"service":"a"} ] } `:                   "a",
		`{"tasks":[{"service":"a"}],"tasks":[{"service":"b"}]}`: "b",
		`{"tasks":[{"service":"a"}],"tasks":null}`:              "",
		`{"tasks":[null,{"service":"b"}]}`:                      " b",
		`{"tasks":null}`:                                        "",
		`{"tasks":[]}`:                                          "",
		`{}`:                                                    "",
		`null`:                                                  "",
	} {
		if got, err := readBatch(text); err != nil || got != want {
			t.Errorf("%s: %q, %v\nwant %q", text, got, err, want)
		}
	}
}

// The first that is wrong is told, and JSON that is not JSON before that.
func TestReadWrongBatch(t *testing.T) {
	long := strings.Repeat("{},", wire.MaxBatch)
	for text, says := range map[string]string{
		``:                                       "it is empty",
		`{`:                                      "it is cut off",
		`{"tasks"`:                               "it is cut off",
		`{"tasks":[`:                             "it is cut off",
		`{"tasks":[{},`:                          "it is cut off",
		`{"tasks":[{},{"key"`:                    "it is cut off",
		`{"tasks":[{}]`:                          "it is cut off",
		`{"tasks":{"a":[1`:                       "it is cut off",
		`[{"tasks":[]},[]]`:                      "JSON array: an object is accepted",
		`"tasks"`:                                "JSON string: an object is accepted",
		`{"tasks":true}`:                         "tasks: JSON bool: a list is accepted",
		`{"tasks":1e400}`:                        "tasks: JSON number: a list is accepted",
		`{"tasks":{"a":[1]}}`:                    "tasks: JSON object: a list is accepted",
		`{"tasks":[{}],"tasks":[{},{"argv":1}]}`: "task 2: argv: JSON number: a list is accepted",
		`{"tasks":[{"argv":1}],"tasks":[]}`:      "task 1: argv: JSON number: a list is accepted",
		`{"tasks":[{"argv":1},{"key":1}],"task":[]}`: "task 1: argv: JSON number: a list is accepted",
		`{"task":[{}],"tasks":5}`:                    `unknown field "task": tasks is accepted`,
		`{"tasks":[{"argv":1},{"key":}]}`:            "invalid character '}' looking for beginning of value",
		`{"tasks":[{},{"key":}]}`:                    "invalid character '}' looking for beginning of value",
		`{"tasks":[{},]}`:                            "invalid character ']' looking for beginning of value",
		`{"tasks":[{}}`:                              "invalid character '}' after array element",
		`{"tasks":[` + long + `5]}`:                  "more than 10000 tasks in the batch: 1 to 10000 are accepted",
		`{"tasks":[` + long + `{},x]}`:               "invalid character 'x' looking for beginning of value",
	} {
		if _, err := readBatch(text); err == nil || DecodeError(err, nil).Error() != says {
			t.Errorf("%.60s: %v\nshould say %s", text, err, says)
		}
	}
}
