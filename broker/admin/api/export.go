package api

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/oklog/ulid/v2"

	"bcp/journal"
)

// ExportLine is a line of an export, which is JSON lines:
//
//	{"bcp_export":1,"broker":"9f..."}                     the first line
//	{"setting":"limit/key/db","row_base64":"..."}
//	{"task":{...},"history":[...],"row_base64":"...", ...}
//	{"tombstone":{...},"row_base64":"..."}
//	{"end":{"items":3,"left_out":0}}                      the last line
//
// An import uses the row, which is the item as it is in the journal, with its checksum, and
// the payloads. The other members are for people and scripts that read the export. A line with
// a payload of 64 MiB is 90 MB long.
type ExportLine struct {
	Version int    `json:"bcp_export,omitempty"`
	Broker  string `json:"broker,omitempty"` // in the first line: the identity of the journal, in hexadecimal

	Task    *Task          `json:"task,omitempty"`
	History []HistoryEntry `json:"history,omitempty"`

	Setting   string       `json:"setting,omitempty"` // its name
	Value     string       `json:"value,omitempty"`
	Tombstone *ExportStone `json:"tombstone,omitempty"`

	Row        []byte `json:"row_base64,omitempty"`
	Body       []byte `json:"body_base64,omitempty"`
	Result     []byte `json:"result_base64,omitempty"`
	Checkpoint []byte `json:"checkpoint_base64,omitempty"`

	LeftOut *JournalProblem `json:"left_out,omitempty"` // the broker sends it; it is no line of an export

	End *ExportEnd `json:"end,omitempty"`
}

// exportVersion is the version of exports that this program writes and reads.
const exportVersion = 1

// ExportStone is what is left of a task that was forgotten.
type ExportStone struct {
	Task        string `json:"task"`
	Key         string `json:"key"`
	State       string `json:"state"`
	EndedAt     Time   `json:"ended_at"`
	ForgottenAt Time   `json:"forgotten_at"`
}

// ExportEnd is the last line of an export. An export without it was cut off.
type ExportEnd struct {
	Items   int `json:"items"`    // how many lines are between the first and this one
	LeftOut int `json:"left_out"` // how many problems kept something from being exported
}

// ExportHead returns the first line of an export of the journal with this identity.
func ExportHead(broker [16]byte) ExportLine {
	return ExportLine{Version: exportVersion, Broker: hex.EncodeToString(broker[:])}
}

// BrokerID returns the identity of the journal from the first line of an export. The error
// says what is wrong with that line.
func (l *ExportLine) BrokerID() (id [16]byte, err error) {
	switch {
	case l.Version == 0:
		return id, errors.New(`it begins with no line of an export: {"bcp_export":1,...} is accepted`)
	case l.Version != exportVersion:
		return id, fmt.Errorf("it is an export of version %d: %d is accepted", l.Version, exportVersion)
	}
	n, err := hex.Decode(id[:], []byte(l.Broker[:min(len(l.Broker), 2*len(id))]))
	if err != nil || n != len(id) || len(l.Broker) != 2*len(id) {
		return id, fmt.Errorf("broker %q: 32 hexadecimal digits are accepted", l.Broker)
	}
	return id, nil
}

// NewExportLine returns the line for an item.
func NewExportLine(i journal.Item) ExportLine {
	l := ExportLine{Row: i.Row, Body: i.Body, Result: i.Result, Checkpoint: i.Checkpoint}
	switch {
	case i.Setting != nil:
		l.Setting, l.Value = i.Setting.Setting.Name, i.Setting.Setting.Value
	case i.Stone != nil:
		l.Tombstone = &ExportStone{
			Task: i.Stone.Task.String(), Key: i.Stone.Key, State: i.Stone.State.String(),
			EndedAt: Time(i.Stone.EndedMS), ForgottenAt: Time(i.GoneMS),
		}
	default:
		task := NewTask(&i.Entry.Task)
		l.Task, l.History = &task, NewHistory(i.Entry.Records)
	}
	return l
}

// Item returns the item of a line. The error says what is wrong with the line.
func (l *ExportLine) Item() (i journal.Item, err error) {
	i = journal.Item{Row: l.Row, Body: l.Body, Result: l.Result, Checkpoint: l.Checkpoint}
	switch {
	case l.Setting != "":
		r, err := journal.DecodeSetting(l.Setting, l.Row)
		i.Setting = &r
		return i, err
	case l.Tombstone != nil:
		return i, l.Tombstone.into(&i)
	case l.Task == nil:
		return i, fmt.Errorf("it is neither a task, nor a setting, nor a tombstone")
	}
	return i, l.intoTask(&i)
}

func (s *ExportStone) into(i *journal.Item) error {
	id, err := exportID(s.Task)
	if err != nil {
		return err
	}
	stone, err := journal.OpenTombstone(id, i.Row)
	i.Stone, i.GoneMS = &stone, int64(s.ForgottenAt)
	return err
}

func exportID(text string) (journal.ID, error) {
	id, err := ulid.ParseStrict(text)
	if err != nil {
		return id, fmt.Errorf("task %q: a ULID is accepted", text)
	}
	return id, nil
}

// intoTask takes in a task, if all that belongs to it is as its row says.
func (l *ExportLine) intoTask(i *journal.Item) error {
	id, err := exportID(l.Task.ID)
	if err != nil {
		return err
	}
	e, err := journal.DecodeEntry(id, l.Row)
	if err != nil {
		return err
	}
	i.Entry = &e
	if len(l.Checkpoint) > 0 {
		if _, err := journal.OpenCheckpoint(id, l.Checkpoint); err != nil {
			return err
		}
		if err := e.AddCheckpoint(l.Checkpoint); err != nil {
			return err
		}
	}
	if want := e.BodySize(); len(l.Body) != want {
		return fmt.Errorf("task %s: the body has %d bytes, and has to have %d", id, len(l.Body), want)
	}
	if len(l.Result) != e.Task.ResultSize {
		return fmt.Errorf("task %s: the result has %d bytes, and has to have %d", id, len(l.Result), e.Task.ResultSize)
	}
	return nil
}
