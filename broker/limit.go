package broker

import (
	"cmp"
	"slices"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
)

// limit tells limits, or changes one.
func (b *Broker) limit(now Instant, from wire.Peer, m *wire.Limit) {
	s := b.sessionOf(now, from, m.Req)
	if s == nil {
		return
	}
	if m.Do == wire.LimitList {
		b.send(from, b.limitPage(m))
		return
	}
	err := m.Check()
	if err == nil {
		err = b.changeLimit(now, m, cmp.Or(m.By, s.id))
	}
	if err != nil {
		err.Req = m.Req
		b.refuse(from, err.Refuse())
		return
	}
	b.send(from, &wire.Limits{Req: m.Req, Items: []wire.LimitItem{b.limitItem(m.What.Scope, m.What.Name)}})
}

// changeLimit journals what a limit is from now on. One that stays as it is
// stays: a request whose answer was lost comes again.
func (b *Broker) changeLimit(now Instant, m *wire.Limit, by string) *wire.Error {
	before := b.limitItem(m.What.Scope, m.What.Name).Limit
	after := before
	if m.Do == wire.LimitSet {
		after = setParts(before, m.What)
	} else {
		after = unsetParts(before, m.What)
	}
	switch {
	case after == before:
		return nil
	case after.Burst > 0 && after.Rate == 0:
		return wire.Errorf(wire.CodeBadOption, "limit %s: burst %d: only accepted with rate, and there is none yet", after.ID(), m.What.Burst)
	}
	err := b.set(now, journal.Record{
		By: by, Text: m.Text, Setting: &journal.Setting{Name: after.SettingName(), Value: after.Value()},
	})
	if err == nil {
		b.limitChanged(now, &before, &after)
	}
	return err
}

// setParts changes the parts that are given. Without a burst, a rate allows what
// it gives in a second, but at least one at a time.
func setParts(l, parts journal.Limit) journal.Limit {
	if parts.Running > 0 {
		l.Running = parts.Running
	}
	if parts.Rate > 0 {
		l.Rate, l.Burst = parts.Rate, max(1, uint32(parts.Rate)/1000)
	}
	if parts.Burst > 0 {
		l.Burst = parts.Burst
	}
	return l
}

// unsetParts removes the parts that are given, or all.
func unsetParts(l, parts journal.Limit) journal.Limit {
	all := !parts.Set()
	if all || parts.Running > 0 {
		l.Running = 0
	}
	if all || parts.Rate > 0 {
		l.Rate, l.Burst = 0, 0
	}
	return l
}

// limitItem tells how a limit stands.
func (b *Broker) limitItem(scope journal.LimitScope, name string) wire.LimitItem {
	var item wire.LimitItem
	if l := b.limits[limitRef{scope, name}]; l != nil {
		item.Limit, item.Out = l.set, uint32(l.out)
	}
	item.Scope, item.Name = scope, name
	if r, known := b.settings[item.SettingName()]; known {
		item.AtMS, item.By, item.Text = r.Time, r.By, r.Text
	}
	return item
}

// limitPage lists limits that were ever set, from one on.
func (b *Broker) limitPage(m *wire.Limit) *wire.Limits {
	page := &wire.Limits{Req: m.Req}
	for _, l := range b.limitsAfter(&m.What) {
		if len(page.Items) == wire.MaxLimitPage {
			page.More = true
			return page
		}
		page.Items = append(page.Items, b.limitItem(l.Scope, l.Name))
	}
	return page
}

// limitsAfter returns the limits that were ever set, after one in order of scope
// and name.
func (b *Broker) limitsAfter(first *journal.Limit) []journal.Limit {
	var list []journal.Limit
	for _, r := range b.settings {
		l, ok, _ := journal.ParseLimit(r.Setting) // apply has read it before
		if ok && (first.Name == "" || compareLimits(&l, first) > 0) {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, func(x, y journal.Limit) int { return compareLimits(&x, &y) })
	return list
}

func compareLimits(x, y *journal.Limit) int {
	return cmp.Or(cmp.Compare(x.Scope, y.Scope), strings.Compare(x.Name, y.Name))
}
