package broker

import (
	"fmt"
	"maps"
	"slices"

	"bcp/broker/wire"
	"bcp/journal"
)

// Source is what a broker is restored from: a journal.Store.
type Source interface {
	Settings(fn func(journal.Record) error) error
	journal.LiveReader
}

// RestoreFrom applies all that a journal holds: RestoreSetting, then RestoreRow. Call
// it before Open.
func (b *Broker) RestoreFrom(s Source) error {
	if err := s.Settings(b.RestoreSetting); err != nil {
		return err
	}
	return s.Live(b.RestoreRow)
}

// RestoreSetting applies the last record of one of the journal's settings. Call
// it for every setting, before Restore.
func (b *Broker) RestoreSetting(r journal.Record) error {
	_, err := b.apply(nil, &r)
	return err
}

// applySetting is the part of apply that changes settings.
func (b *Broker) applySetting(r *journal.Record) error {
	if r.Setting == nil || r.Setting.Name == "" {
		return fmt.Errorf("%w: %s without a name", journal.ErrRecord, r.Kind)
	}
	l, isLimit, err := journal.ParseLimit(r.Setting)
	if err != nil {
		return fmt.Errorf("%w: %w", journal.ErrRecord, err)
	}
	if r.Setting.Gone {
		delete(b.settings, r.Setting.Name)
	} else {
		b.settings[r.Setting.Name] = *r
	}
	if isLimit {
		b.setLimit(&l)
	}
	return nil
}

// set journals a setting, and tells when there is no room for it. One that was
// unset is forgotten when there is none: of those, the one that was first.
func (b *Broker) set(now Instant, r journal.Record) *wire.Error {
	if _, known := b.settings[r.Setting.Name]; !known && len(b.settings) >= wire.MaxLimits {
		unset := b.firstUnset()
		if unset == "" {
			return wire.Errorf(wire.CodeNotAllowed, "there are %d limits, as many as there may be", len(b.settings))
		}
		b.record(now, journal.Record{Kind: journal.KindSetting, Setting: &journal.Setting{Name: unset, Gone: true}})
	}
	r.Kind = journal.KindSetting
	b.record(now, r)
	return nil
}

// firstUnset returns the setting that was unset before all others, "" for none.
func (b *Broker) firstUnset() (first string) {
	for _, name := range slices.Sorted(maps.Keys(b.settings)) {
		s := b.settings[name]
		if s.Setting.Value == "" && (first == "" || s.Time < b.settings[first].Time) {
			first = name
		}
	}
	return first
}
