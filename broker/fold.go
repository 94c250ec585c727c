package broker

import "bcp/journal"

// A task that waits in a class as it was submitted is folded: of a million that
// wait, each is some 60 bytes and shares what it asks for with all that ask for
// the same. Whoever gets at it by live or takes it out of its class unfolds it,
// and Take folds again what waits on.
//
//	folded      ID, Spec (shared) ------> one for all alike, but for key and digest
//	            digest and key, if it has one
//	            lane, and the one session that watches
//
//	unfolded    ID, Spec, lane, life ---> journal.Task and all that is volatile

// name is what a folded task that was submitted under a key has of its own: one string,
// for there may be millions.
func name(s *journal.Spec) string { return string(s.Digest[:]) + s.Key }

// keyIn is where the key begins in that.
const keyIn = len(journal.Spec{}.Digest)

// sharedSpec is what folded tasks ask for that ask for the same.
type sharedSpec struct {
	spec  journal.Spec
	text  string // encoded
	tasks int    // that have it
	home  *meter // at which they are counted; nil until it is looked for
}

// folding is the memory that folded tasks have in common.
type folding struct {
	byText  map[string]*sharedSpec
	bySpec  map[*journal.Spec]*sharedSpec
	encoded []byte
	lives   []*life // that nothing needs any more, for the next tasks
	touched []*task // that may have to be folded, in the order in which they came into a class, or were unfolded
}

func newFolding() folding {
	return folding{byText: make(map[string]*sharedSpec), bySpec: make(map[*journal.Spec]*sharedSpec)}
}

// key returns the client's key, "" for none.
func (t *task) key() string {
	if t.named != "" {
		return t.named[keyIn:]
	}
	return t.Spec.Key
}

func (t *task) folded() bool { return t.life == nil }

// foldAll folds what waits, but for the last that have come to: most of these go
// before it would be of use.
func (b *Broker) foldAll() {
	list, keep := b.folds.touched, max(b.cfg.Unfolded, 0)
	for len(list) > 0 && (list[0].lane == nil || len(list) > keep) {
		if list[0].lane != nil {
			b.fold(list[0])
		}
		list[0], list = nil, list[1:]
	}
	b.folds.touched = list
}

// fold makes a task small that is as its submit made it; others stay as they are.
func (b *Broker) fold(t *task) {
	if t.folded() || !t.asSubmitted() || !b.share(t) {
		return
	}
	if len(t.watchers) == 1 {
		t.watch = t.watchers[0].shared()
	}
	b.folds.keep(t.life)
	t.life = nil
}

// livesMax bounds the lives that are kept for the next tasks, of 600 bytes each: as
// many as end between two commits at the highest load.
const livesMax = 1024

// watchersMax bounds the watchers that a life is kept with room for: most tasks have one.
const watchersMax = 4

// keep keeps a life that nothing needs any more.
func (f *folding) keep(l *life) {
	if len(f.lives) == livesMax {
		return
	}
	list := l.watchers
	if cap(list) > watchersMax {
		list = nil
	}
	clear(list)
	*l = life{watchers: list[:0]}
	f.lives = append(f.lives, l)
}

// shared returns the watcher that is the same for all tasks that a session watches so.
func (w *watcher) shared() *watcher {
	i := 0
	if w.wantStart {
		i++
	}
	if w.quiet {
		i += 2
	}
	list := &w.session.watchers
	list[i] = *w
	return &list[i]
}

// newLife returns an empty life, if it can be one that was kept.
func (f *folding) newLife() *life {
	if len(f.lives) == 0 {
		return new(life)
	}
	return popLast(&f.lives)
}

// gone is the life of those that are forgotten, for whoever still comes across one.
var gone = &life{Task: journal.Task{State: journal.Done}}

// bury takes the life of a task that is forgotten. What others wait with or for keeps
// it: they may look at it.
func (b *Broker) bury(t *task) {
	if t.group == nil && len(t.Spec.After) == 0 && len(t.dependents.tasks) == 0 && t.timer.index == 0 {
		b.folds.keep(t.life)
		t.life = gone
	}
}

// asSubmitted tells whether a task is what its ID and its spec say, and nothing is
// known of it besides.
func (t *task) asSubmitted() bool {
	return t.records == 1 && t.Member == nil && t.SubmittedMS == int64(t.ID.Time()) &&
		len(t.watchers) <= 1 && t.timer.index == 0 && len(t.dependents.tasks) == 0
}

// plain are the options with which a task waits for nothing but a worker.
var plain = func() (numbers [256]bool) {
	for _, name := range []string{
		"tries", "loss-max", "on-worker-lost", "start-timeout", "run-timeout", "cancel-grace", "priority",
		"retry-delay", "retry-delay-max", "on-unmet", "label", "where", "resource", "limit-key",
		"retry-jitter", "tries-count", "fatal-class", "silence-timeout", "on-exhausted", "keep",
	} {
		numbers[journal.OptionNamed(name).Number] = true
	}
	return numbers
}()

func isPlain(s *journal.Spec) bool {
	for i := range journal.Options {
		if o := &journal.Options[i]; !plain[o.Number] && o.IsSet(s) {
			return false
		}
	}
	return true
}

// share gives the task the spec of those that ask for the same; false if it asks
// for something that folded tasks don't have.
func (b *Broker) share(t *task) bool {
	if !isPlain(t.Spec) {
		return false
	}
	f := &b.folds
	f.encoded = t.Spec.AppendShared(f.encoded[:0])
	shared := f.byText[string(f.encoded)]
	if shared == nil {
		shared = &sharedSpec{spec: *t.Spec, text: string(f.encoded)}
		shared.spec.Key, shared.spec.Digest = "", [16]byte{}
		f.byText[shared.text], f.bySpec[&shared.spec] = shared, shared
	}
	shared.tasks++
	if t.Spec.Key != "" {
		t.named = name(t.Spec)
	}
	t.Spec = &shared.spec
	return true
}

// unfold gives a task back all that it is.
func (b *Broker) unfold(t *task) {
	if !t.folded() {
		return
	}
	b.folds.release(t.Spec)
	life := b.folds.newLife()
	life.records = 1
	t.submitted(&life.Task)
	t.life = life
	t.posts.home = b.meters.get(t.Spec.Target) // it waits
	if t.watch != nil {
		t.watchers = append(t.watchers, *t.watch)
	}
	t.Spec, t.named, t.watch = t.Task.Spec, "", nil
	b.folds.touched = append(b.folds.touched, t)
}

// release lets go of a shared spec.
func (f *folding) release(s *journal.Spec) {
	shared := f.bySpec[s]
	if shared.tasks--; shared.tasks == 0 {
		delete(f.byText, shared.text)
		delete(f.bySpec, s)
	}
}

// whole returns what the task's records add up to.
func (t *task) whole() journal.Task {
	if !t.folded() {
		return t.Task
	}
	var all journal.Task
	t.submitted(&all)
	return all
}

// submitted applies to an empty task the submit that the folded one is from.
func (t *task) submitted(all *journal.Task) {
	spec := t.Spec
	if t.named != "" {
		own := *spec
		own.Key = t.named[keyIn:]
		copy(own.Digest[:], t.named)
		spec = &own
	}
	submit := journal.Record{Task: t.ID, Kind: journal.KindSubmit, Time: int64(t.ID.Time()), Spec: spec}
	if err := all.Apply(&submit); err != nil {
		panic(err) // a submit fits a task that is not there yet
	}
}
