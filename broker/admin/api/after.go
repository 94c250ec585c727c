package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"

	"bcp/broker/wire"
	"bcp/journal"
)

// beside returns what the fields of options say, of which SameWorkerAs is one more
// task to wait for.
func (s *Submission) beside() (beside, error) {
	labels, err := labelTexts(s.Labels)
	if err != nil || s.SameWorkerAs == "" {
		return newBeside(s.After, labels, s.OnUnmet), err
	}
	id, err := ulid.ParseStrict(string(s.SameWorkerAs))
	if err != nil {
		return nil, Errorf(CodeBadRequest, "same_worker_as %q: the 26 letters of a task's ULID are accepted", s.SameWorkerAs)
	}
	same := journal.Dependency{Task: id, Wants: journal.WantsWorker}
	return newBeside(append(slices.Clone(s.After), same.String()), labels, s.OnUnmet), nil
}

// labelTexts returns labels as name=value, in order of name.
func labelTexts(labels map[string]string) ([]string, error) {
	texts := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if strings.Contains(name, "=") {
			return nil, Errorf(CodeBadRequest, "label %q: a name without = is accepted", name)
		}
		texts = append(texts, name+"="+labels[name])
	}
	return texts, nil
}

// checkLabels tells whether a task can have labels like these.
func checkLabels(wanted []string) error {
	for _, want := range wanted {
		name, _, _ := strings.Cut(want, "=")
		if err := wire.CheckName("label", name); err != nil {
			return Errorf(CodeBadRequest, "label %q: name or name=value is accepted, the name printable and without spaces", want)
		}
	}
	return nil
}
