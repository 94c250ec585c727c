package main

import (
	"errors"
	"fmt"

	"bcp/journal"
	"bcp/journal/bolt"
)

// check compares the journal of a broker that is gone with the ledger.
func (l *ledger) check() {
	l.checkFile(l.rig.db())
	if !l.fits() {
		l.rig.find("what clients were told side by side fits into no order")
	}
}

// checkFile compares a journal with the ledger.
func (l *ledger) checkFile(path string) {
	store, err := bolt.OpenReadOnly(path, bolt.Options{})
	if err != nil {
		l.rig.find("journal %s can't be opened: %v", path, err)
		return
	}
	defer store.Close()
	for key, id := range l.accepted {
		if err := l.checkTask(store, key, id); err != nil {
			l.rig.find("%s, %s, task %s: %v", path, key, id, err)
		}
	}
}

// eachTask calls fn for every task of a journal.
func eachTask(store *bolt.Store, fn func(*journal.Entry)) (err error) {
	r := journal.Range{Live: true, Ended: true}
	for more := true; more && err == nil; {
		more, err = store.Scan(r, func(e journal.Entry) error {
			r.After = e.Task.ID
			fn(&e)
			return nil
		})
	}
	return err
}

func (l *ledger) checkTask(store *bolt.Store, key string, id journal.ID) error {
	if known, found, err := store.ByKey(key); err != nil || !found || known != id {
		return fmt.Errorf("the key stands for task %s (%v, %v)", known, found, err)
	}
	e, err := store.Get(id)
	if l.forgets && errors.Is(err, journal.ErrNotFound) {
		return l.checkStone(store, key, id)
	}
	if err != nil {
		return err
	}
	if err := checkEnds(&e); err != nil {
		return err
	}
	if a, ok := l.arrays[key]; ok && !l.forgets {
		if err := a.check(store, id); err != nil {
			return err
		}
	}
	told, known := l.told[key]
	if !known {
		return nil
	}
	if e.Task.State != told.State || e.Task.Reason != told.Reason || e.Task.Attempt != told.Attempt {
		return fmt.Errorf("it ended as %s (%s) at attempt %d, and told was %+v", e.Task.State, e.Task.Reason, e.Task.Attempt, told)
	}
	result, err := store.Result(id)
	if err != nil || string(result) != string(told.Body) {
		return fmt.Errorf("its result is %q (%v), and told was %q", result, err, told.Body)
	}
	return nil
}

// checkEnds tells whether a task has ended, and once.
func checkEnds(e *journal.Entry) error {
	ends := 0
	for i := range e.Records {
		if e.Records[i].Kind == journal.KindEnd {
			ends++
		}
	}
	if !e.Task.State.Ended() || ends != 1 {
		return fmt.Errorf("it is %s, and its row has %d ends", e.Task.State, ends)
	}
	return nil
}

// check tells whether the members of an array have ended as they should. One that is
// canceled may have members that never were.
func (a array) check(store *bolt.Store, id journal.ID) error {
	for pos := range a.members {
		member := journal.IDOf(id, uint32(pos))
		e, err := store.Get(member)
		if errors.Is(err, journal.ErrNotFound) && a.kind == kindSlow {
			continue
		} else if err != nil {
			return fmt.Errorf("member %d: %w", pos, err)
		}
		if err := checkEnds(&e); err != nil {
			return fmt.Errorf("member %d: %w", pos, err)
		}
		if e.Task.State != wanted[a.kind] {
			return fmt.Errorf("member %d, a %.5s one, ended as %s (%s)", pos, a.kind, e.Task.State, e.Task.Reason)
		}
	}
	return nil
}

// checkStone compares what is left of a task that is forgotten with what was told.
func (l *ledger) checkStone(store *bolt.Store, key string, id journal.ID) error {
	stone, err := store.Tombstone(id)
	if err != nil {
		return fmt.Errorf("it is forgotten, and so is how it ended: %w", err)
	}
	if told, known := l.told[key]; known && stone.State != told.State {
		return fmt.Errorf("it ended as %s, and told was %s", stone.State, told.State)
	}
	return nil
}
