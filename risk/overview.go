package risk

import (
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/window"
)

// overview holds the attributes of the modifiers of a window, in sorted lists. The texts are those of
// the dictionary, valid until a modifier is dropped; the lists are valid until the
// next overview.
type overview struct {
	display                                          string
	spellings, sources, tactics, techniques, threats []string
	priority                                         entity.Priority
}

// notables makes notables of the rows of a view. Its memory is reused.
type notables struct {
	words *dictionary
	view  *fullWindow
	limit contributionLimit
	ids   []uint32 // of texts to prefetch
	sink  uint32   // of prefetched texts

	overview
	spelled                               window.Counter
	sources, tactics, techniques, threats idSet
}

// prefetchTexts reads the texts of the rows of the view that were probably not
// read lately, so that the reads overlap.
func (t *notables) prefetchTexts(o *subject) {
	t.ids = t.ids[:0]
	for i := range t.view.rows {
		m := &o.mods[t.view.rows[i].index]
		t.ids = append(t.ids, m.message, m.sid)
	}
	t.sink += t.words.Read(t.ids)
}

// overviewOf returns the overview of the rows of the view, which are modifiers of o.
func (t *notables) overviewOf(o *subject) overview {
	words := t.words
	t.spelled.Reset()
	t.sources, t.tactics, t.techniques, t.threats = t.sources[:0], t.tactics[:0], t.techniques[:0], t.threats[:0]
	t.priority = entity.UnknownPriority
	last := uint32(0)
	for i := range t.view.rows {
		m := &o.mods[t.view.rows[i].index]
		t.spelled.Add(m.spelled)
		if m.threats != 0 {
			words.eachThreat(m, func(id uint32) { t.threats = append(t.threats, id) })
		}
		if m.kind == last {
			continue
		}
		last = m.kind
		k := words.kindOf(m)
		t.sources = append(t.sources, k.source)
		a := words.attackOf(k)
		t.tactics = append(t.tactics, a.tactics...)
		t.techniques = append(t.techniques, a.techniques...)
		t.priority = max(t.priority, k.priority)
	}
	t.spell()
	t.overview.sources, t.overview.tactics = t.sources.texts(words, t.overview.sources), t.tactics.texts(words, t.overview.tactics)
	t.overview.techniques, t.overview.threats = t.techniques.texts(words, t.overview.techniques), t.threats.texts(words, t.overview.threats)
	return t.overview
}

// spell sets how the object was spelled.
func (t *notables) spell() {
	words := t.words
	t.display, t.spellings = "", t.spellings[:0]
	best := int32(0)
	for id, n := range t.spelled.All() {
		text := words.Get(id)
		t.spellings = append(t.spellings, text)
		if n > best || n == best && text < t.display {
			best, t.display = n, text
		}
	}
	slices.Sort(t.spellings)
}

// idSet are numbers of texts, in any order and with repeats.
type idSet []uint32

// texts returns the texts, sorted, in the memory of list. It leaves out number 0.
func (s idSet) texts(words *dictionary, list []string) []string {
	slices.Sort(s)
	list = list[:0]
	for _, id := range slices.Compact(s) {
		if id != 0 {
			list = append(list, words.Get(id))
		}
	}
	slices.Sort(list)
	return list
}
