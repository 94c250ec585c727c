package journal

import "slices"

// Decline is a worker that wants another one to do a task. Another process under
// the same name, which has another instance, has not declined it.
type Decline struct {
	Worker   string
	Instance [16]byte // random, made when the worker's process started
}

// MaxDeclined is how many workers a task remembers that have declined it: as many
// as a large fleet has. Beyond it the first is forgotten, and may be asked again.
const MaxDeclined = 1024

// decline adds a worker to those that have declined the task.
func (t *Task) decline(d Decline) {
	list := slices.DeleteFunc(slices.Clone(t.Declined), func(old Decline) bool { return old.Worker == d.Worker })
	if len(list) == MaxDeclined {
		list = list[1:]
	}
	t.Declined = append(list, d)
}

// DeclinedBy tells whether the worker, as this instance, has declined the task.
func (t *Task) DeclinedBy(worker string, instance [16]byte) bool {
	return slices.Contains(t.Declined, Decline{worker, instance})
}
