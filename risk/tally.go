package risk

import (
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// tally keeps the measures of a sliding window up to date: modifiers enter at
// its young end and leave at its old end, each in constant time but for maps.
// It serves rules whose values do not move with time; it answers what view
// would. Both are held to the same twin.
type tally struct {
	rule  *incident
	count int64
	sum   score.Score
	*details
}

// details are what a rule needs beyond count and sum; most need little of it.
type details struct {
	capped     score.Score // only if the rule discounts
	highest    peak
	sources    window.Counter
	tactics    window.Counter
	techniques window.Counter
	threats    window.Counter
	groups     map[groupKey]*group
	columns    map[uint32]*column
}

func newTally(r *incident) *tally {
	t := &tally{rule: r}
	if r.uses.light() && !r.discounts() {
		return t
	}
	t.details = new(details)
	if r.discounts() {
		t.groups, t.columns = map[groupKey]*group{}, map[uint32]*column{}
	}
	return t
}

// light reports whether count and sum are enough.
func (s measureSet) light() bool { return s&^(1<<mScore|1<<mCapped|1<<mCount) == 0 }

func (t *tally) reset() {
	t.count, t.sum = 0, score.Score{}
	if t.details == nil {
		return
	}
	t.capped = score.Score{}
	t.highest.reset()
	t.sources.Reset()
	t.tactics.Reset()
	t.techniques.Reset()
	t.threats.Reset()
	clear(t.groups)
	clear(t.columns)
}

// enter adds the youngest modifier.
func (t *tally) enter(words *vocabulary, m *mod) {
	t.count++
	score := words.score(m)
	t.sum = t.sum.Add(score)
	if t.details == nil {
		return
	}
	k := words.kindOf(m)
	if t.rule.uses.has(mMax) {
		t.highest.push(score)
	}
	t.tell(words, m, k, true)
	if t.rule.discounts() {
		t.change(m, score, k.source, true)
	}
}

// leave removes the oldest modifier.
func (t *tally) leave(words *vocabulary, m *mod) {
	t.count--
	score := words.score(m)
	t.sum = t.sum.Sub(score)
	if t.details == nil {
		return
	}
	k := words.kindOf(m)
	if t.rule.uses.has(mMax) {
		t.highest.pop(score)
	}
	t.tell(words, m, k, false)
	if t.rule.discounts() {
		t.change(m, score, k.source, false)
	}
}

// tell passes what the rule counts of m to the counters.
func (t *tally) tell(words *vocabulary, m *mod, k *kind, enters bool) {
	uses := t.rule.uses
	if uses.has(mSources) && k.source != 0 {
		t.sources.Change(k.source, enters)
	}
	if (uses.has(mTactics) || uses.has(mTechniques)) && k.attack != 0 {
		a := words.attackOf(k)
		for _, id := range a.tactics {
			t.tactics.Change(id, enters)
		}
		for _, id := range a.techniques {
			t.techniques.Change(id, enters)
		}
	}
	if uses.has(mThreats) && m.threats != 0 {
		words.eachThreat(m, func(id uint32) { t.threats.Change(id, enters) })
	}
}

// change lets m enter its source's column or leave it, and capped follow.
func (t *tally) change(m *mod, score score.Score, source uint32, enters bool) {
	if source == 0 {
		t.capped = t.capped.Add(signedBy(score, enters))
		return
	}
	col := t.columns[source]
	if col == nil {
		col = new(column)
		t.columns[source] = col
	}
	before := col.value(t.rule)
	if t.rule.dedup == DedupNone {
		col.sum = col.sum.Add(signedBy(score, enters))
	} else {
		col.sum = col.sum.Add(t.regroup(m, score, source, enters))
	}
	if t.rule.cap.set && score.Sign() > 0 {
		col.highest.change(score, enters)
	}
	if enters {
		col.count++
	} else if col.count--; col.count == 0 {
		delete(t.columns, source)
	}
	t.capped = t.capped.Add(col.value(t.rule)).Sub(before)
}

// regroup lets m enter or leave its group of repeats and returns by how much
// the group's worth changed.
func (t *tally) regroup(m *mod, score score.Score, source uint32, enters bool) score.Score {
	key := groupKey{source: source}
	if t.rule.dedup == DedupMessage {
		key.message = m.message
	}
	if score.Sign() <= 0 {
		return signedBy(score, enters)
	}
	g := t.groups[key]
	if g == nil {
		g = new(group)
		t.groups[key] = g
	}
	before := g.top()
	g.change(score, enters)
	after := g.top()
	if g.empty() {
		delete(t.groups, key)
	}
	return after.Sub(before)
}

func signedBy(s score.Score, plus bool) score.Score {
	if plus {
		return s
	}
	return s.Neg()
}

// measures returns the measures that the rule uses.
func (t *tally) measures() measures {
	var m measures
	m[mScore], m[mCapped] = t.sum, t.sum
	m[mCount] = score.Points(t.count)
	if t.details == nil {
		return m
	}
	if t.rule.discounts() {
		m[mCapped] = t.capped
	}
	m[mMax] = t.highest.top()
	m[mSources] = score.Points(t.sources.Distinct())
	m[mTactics] = score.Points(t.tactics.Distinct())
	m[mTechniques] = score.Points(t.techniques.Distinct())
	m[mThreats] = score.Points(t.threats.Distinct())
	return m
}

// column is what one source adds up to.
type column struct {
	count   int
	sum     score.Score
	highest peak
}

func (c *column) value(r *incident) score.Score {
	limit, limited := r.cap.of(c.highest.top())
	if limited && c.sum.Cmp(limit) > 0 {
		return limit
	}
	return c.sum
}

// group is the positive values of modifiers that repeat each other.
type group = peak

// peak is the maximum of a sliding window: of the values that entered, those
// that no younger one exceeds, falling.
type peak struct {
	live []score.Score
	head int
}

func (p *peak) reset() { p.live, p.head = p.live[:0], 0 }

func (p *peak) push(s score.Score) {
	for len(p.live) > p.head && p.live[len(p.live)-1].Cmp(s) < 0 {
		p.live = p.live[:len(p.live)-1]
	}
	if p.head > 16 && 2*p.head > len(p.live) {
		p.live = p.live[:copy(p.live, p.live[p.head:])]
		p.head = 0
	}
	p.live = append(p.live, s)
}

// pop takes away the oldest value, which is s.
func (p *peak) pop(s score.Score) {
	if p.head < len(p.live) && p.live[p.head] == s {
		p.head++
	}
}

func (p *peak) change(s score.Score, enters bool) {
	if enters {
		p.push(s)
	} else {
		p.pop(s)
	}
}

func (p *peak) empty() bool { return p.head == len(p.live) }

// top returns the greatest value, 0 if there is none.
func (p *peak) top() score.Score {
	if p.empty() {
		return score.Score{}
	}
	return p.live[p.head]
}
