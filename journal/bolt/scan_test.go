package bolt

import (
	"path/filepath"
	"testing"

	"bcp/journal"
)

// Who asks for tasks that have ended in one state gets all of these, and few others: so
// few that he comes to the end of the journal soon.
func TestScanEndedAs(t *testing.T) {
	s := mustOpen(t, newSetup(Options{}), filepath.Join(t.TempDir(), "scan.db"))
	const tasks = 3*passedMax + 10
	failed := map[journal.ID]bool{}
	var records []journal.Record
	for n := range tasks {
		id := journal.ID{1: 1, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}
		end := journal.Record{Task: id, Kind: journal.KindEnd, State: journal.Done, Reason: journal.ReasonFinished, Attempt: 1, Time: 5}
		if n%1000 == 999 || n == tasks-1 {
			end.State, end.Reason = journal.Failed, journal.ReasonError
			failed[id] = true
		}
		records = append(records,
			journal.Record{Task: id, Kind: journal.KindSubmit, Spec: &journal.Spec{Tries: 1}},
			journal.Record{Task: id, Kind: journal.KindDispatch, Attempt: 1, Worker: "w"}, end)
	}
	if err := s.Commit(records); err != nil {
		t.Fatal(err)
	}
	for _, descending := range []bool{false, true} {
		found, others := map[journal.ID]bool{}, 0
		r := journal.Range{Live: true, Ended: true, EndedAs: journal.Failed, Descending: descending}
		for more := true; more; {
			var err error
			more, err = s.Scan(r, func(e journal.Entry) error {
				r.After = e.Task.ID
				if e.Task.State == journal.Failed {
					found[e.Task.ID] = true
				} else {
					others++
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if len(found) != len(failed) || others > tasks/passedMax {
			t.Errorf("descending %v: %d of %d, and %d others", descending, len(found), len(failed), others)
		}
	}
}
