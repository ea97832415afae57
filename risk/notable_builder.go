package risk

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// notableID returns the ID of a notable: 32 hexadecimal digits of a hash of its rule,
// object and time.
func notableID(rule string, o detect.Object, at eventtime.Instant) string {
	var room [128]byte
	b := room[:0]
	for _, part := range [...]string{rule, string(o.Zone), o.Key, o.Type} {
		b = append(fold.AppendLower(b, part), 0)
	}
	from := len(b)
	b = at.Append(b)
	b = append(fold.AppendLower(b[:from], b[from:]), 0)
	sum := sha256.Sum256(b)
	return string(hex.AppendEncode(room[:0], sum[:16]))
}

// overview holds the attributes of the modifiers of a window, in sorted lists. The texts
// belong to the dictionary and are valid until a modifier is dropped. The lists are valid
// until the next overview.
type overview struct {
	display                                          string
	spellings, sources, tactics, techniques, threats []string
	priority                                         entity.Priority
}

// notableBuilder builds notables and overviews from the entries of a fullWindow. Its
// memory is reused.
type notableBuilder struct {
	dict  *dictionary
	full  *fullWindow
	limit contributionLimit
	ids   []uint32 // of texts to prefetch
	sink  uint32   // keeps the compiler from removing prefetching loads

	overview
	spelled                               window.Counter
	sources, tactics, techniques, threats idSet
}

// contributionLimit limits how many contributions a notable lists: all, or the max
// largest.
type contributionLimit struct {
	all bool
	max int
}

// buildNotable returns the notable of rule r for o at m. It evaluates the whole window.
func (t *notableBuilder) buildNotable(o *objectView, name detect.Object, r *compiledRule, m *window.Moment) *Notable {
	lo, hi := windowRange(o.mods, m.At, m.At.Add(-r.window))
	sums := *r
	sums.uses = 0 // the scores are always computed
	t.full.loadModifiers(&sums, t.dict, o.mods[lo:hi], lo, m.At, m.At)
	scores := t.full.computeMeasures(&sums, t.dict, o.mods)
	t.prefetchTexts(o)
	view := t.overviewOf(o)
	severity := entity.Priority(m.Level)
	c := copier{chunk: 256 + 64*len(t.full.entries)}
	name = c.copyName(name)
	n := &Notable{
		ID: notableID(r.name, name, m.At), Rule: r.name, Time: m.At.Time(), Name: c.copyText(view.display), Object: name,
		Score: scores[mCapped], Uncapped: scores[mScore], Events: len(t.full.entries),
		Spellings: c.copyTexts(view.spellings), Sources: c.copyTexts(view.sources), Tactics: c.copyTexts(view.tactics), Techniques: c.copyTexts(view.techniques),
		Threats: c.copyThreats(view.threats), Window: r.window, WindowText: r.windowText,
		Severity: severity, Priority: view.priority, Urgency: entity.Urgency(severity, view.priority),
	}
	if !m.Arrived {
		n.Trigger = Expiry
	}
	t.addContributions(n, o, &c)
	return n
}

// addContributions adds the largest contributions to n, up to the limit, and the sum of
// the others.
func (t *notableBuilder) addContributions(n *Notable, o *objectView, c *copier) {
	entries := t.full.entries
	var left []bool
	listed := len(entries)
	if !t.limit.all && len(entries) > t.limit.max {
		byValue := make([]int, len(entries))
		for i := range byValue {
			byValue[i] = i
		}
		slices.SortStableFunc(byValue, func(i, j int) int { return entries[j].final.Cmp(entries[i].final) })
		left, listed = make([]bool, len(entries)), t.limit.max
		for _, i := range byValue[listed:] {
			left[i] = true
		}
	}
	n.Contributions = make([]Contribution, 0, listed)
	for i := range entries {
		if left != nil && left[i] {
			n.Rest.Events++
			n.Rest.Value = n.Rest.Value.Add(entries[i].final)
			continue
		}
		n.Contributions = append(n.Contributions, t.contributionOf(&o.mods[entries[i].index], &entries[i], c))
	}
}

// contributionOf returns the contribution of m, whose entry in the window is w.
func (t *notableBuilder) contributionOf(m *modifier, w *windowEntry, c *copier) Contribution {
	dict := t.dict
	k := dict.kindOf(m)
	x := Contribution{
		Time: m.at.Time(), Object: c.copyRepeated(dict, &c.object, m.spelled), Source: c.copyRepeated(dict, &c.source, k.source), Message: c.copyRepeated(dict, &c.message, m.message),
		Base: score.Steps(m.base), Calculated: dict.scoreOf(m),
		Decay: w.weight, DedupDiscount: w.dedup, CapDiscount: w.cap, Rank: w.rank, Value: w.final,
		SID: c.copyRepeated(dict, &c.sid, m.sid), RID: c.copyText(dict.Get(m.rid)),
	}
	if f := *dict.factors.Value(k.factors); f != nil {
		x.Adds, x.Multiplies = f.Adds, f.Multiplies
	}
	return x
}

// copier copies texts of a dictionary. It copies many texts into one allocation.
type copier struct {
	chunk int // minimum size of an allocation in bytes
	buf   []byte

	object, source, message, sid copiedText // the last copies, which are often needed again
}

// copiedText is a copy of a text, with its number in the dictionary.
type copiedText struct {
	id   uint32
	text string
}

func (c *copier) copyText(s string) string {
	if s == "" {
		return ""
	}
	if len(c.buf)+len(s) > cap(c.buf) {
		c.buf = make([]byte, 0, max(c.chunk, len(s)))
	}
	from := len(c.buf)
	c.buf = append(c.buf, s...)
	return bytestext.String(c.buf[from:])
}

// copyRepeated returns a copy of the text with number id. If the copy in last is of the
// same text, it returns that; otherwise it replaces it.
func (c *copier) copyRepeated(dict *dictionary, last *copiedText, id uint32) string {
	if last.id != id {
		*last = copiedText{id, c.copyText(dict.Get(id))}
	}
	return last.text
}

func (c *copier) copyTexts(texts []string) []string {
	own := make([]string, len(texts))
	for i, s := range texts {
		own[i] = c.copyText(s)
	}
	return own
}

func (c *copier) copyThreats(texts []string) []detect.Threat {
	own := make([]detect.Threat, len(texts))
	for i, s := range texts {
		own[i] = threatOf(c.copyText(s))
	}
	return own
}

// copyName returns o with copies of its texts.
func (c *copier) copyName(o detect.Object) detect.Object {
	return detect.Object{Zone: entity.Zone(c.copyText(string(o.Zone))), Key: c.copyText(o.Key), Type: c.copyText(o.Type)}
}

// prefetchTexts prefetches the texts of the window's entries that are probably not in
// the cache.
func (t *notableBuilder) prefetchTexts(o *objectView) {
	t.ids = t.ids[:0]
	for i := range t.full.entries {
		m := &o.mods[t.full.entries[i].index]
		t.ids = append(t.ids, m.message, m.sid)
	}
	t.sink += t.dict.PrefetchTexts(t.ids)
}

// overviewOf returns the overview of the window's entries, which are modifiers of o.
func (t *notableBuilder) overviewOf(o *objectView) overview {
	dict := t.dict
	t.spelled.Reset()
	t.sources, t.tactics, t.techniques, t.threats = t.sources[:0], t.tactics[:0], t.techniques[:0], t.threats[:0]
	t.priority = entity.UnknownPriority
	last := uint32(0)
	for i := range t.full.entries {
		m := &o.mods[t.full.entries[i].index]
		t.spelled.Add(m.spelled)
		if m.threats != 0 {
			dict.eachThreat(m, func(id uint32) { t.threats = append(t.threats, id) })
		}
		if m.kind == last {
			continue
		}
		last = m.kind
		k := dict.kindOf(m)
		t.sources = append(t.sources, k.source)
		a := dict.attackOf(k)
		t.tactics = append(t.tactics, a.tactics...)
		t.techniques = append(t.techniques, a.techniques...)
		t.priority = max(t.priority, k.priority)
	}
	t.setSpellings()
	t.overview.sources, t.overview.tactics = t.sources.sortedTexts(dict, t.overview.sources), t.tactics.sortedTexts(dict, t.overview.tactics)
	t.overview.techniques, t.overview.threats = t.techniques.sortedTexts(dict, t.overview.techniques), t.threats.sortedTexts(dict, t.overview.threats)
	return t.overview
}

// setSpellings sets the spellings of the object and the most frequent one of them.
func (t *notableBuilder) setSpellings() {
	dict := t.dict
	t.display, t.spellings = "", t.spellings[:0]
	best := int32(0)
	for id, n := range t.spelled.All() {
		text := dict.Get(id)
		t.spellings = append(t.spellings, text)
		if n > best || n == best && text < t.display {
			best, t.display = n, text
		}
	}
	slices.Sort(t.spellings)
}

// idSet holds numbers of texts, in any order and with repeats.
type idSet []uint32

// sortedTexts returns the distinct texts in s except the empty one, sorted, in the memory
// of list.
func (s idSet) sortedTexts(dict *dictionary, list []string) []string {
	slices.Sort(s)
	list = list[:0]
	for _, id := range slices.Compact(s) {
		if id != 0 {
			list = append(list, dict.Get(id))
		}
	}
	slices.Sort(list)
	return list
}
