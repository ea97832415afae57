package risk

import (
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// runningSums maintains the measures of a sliding window while modifiers are added at its
// young end and removed at its old end, each in amortised constant time. It is for rules
// whose values do not change with time. Its measures equal those of a fullWindow; tests
// compare both with the same twin.
type runningSums struct {
	rule  *compiledRule
	count int64
	sum   score.Score
	*extraSums
}

// extraSums holds the sums of a rule besides count and sum. Only those that the rule uses
// are maintained.
type extraSums struct {
	capped     score.Score // if the rule has discounts
	highest    slidingMax
	sources    window.Counter
	tactics    window.Counter
	techniques window.Counter
	threats    window.Counter
	byGroup    map[groupKey]*repeats
	bySource   map[uint32]*sourceSums
}

// newRunningSums returns the sums of an empty window.
func newRunningSums(r *compiledRule) *runningSums {
	t := &runningSums{rule: r}
	if r.uses.onlySums() && !r.hasDiscounts() {
		return t
	}
	t.extraSums = new(extraSums)
	if r.hasDiscounts() {
		t.byGroup, t.bySource = map[groupKey]*repeats{}, map[uint32]*sourceSums{}
	}
	return t
}

// onlySums reports whether the measures in s are computed from count and sum alone.
func (s measureSet) onlySums() bool { return s&^(1<<mScore|1<<mCapped|1<<mCount) == 0 }

func (t *runningSums) reset() {
	t.count, t.sum = 0, score.Score{}
	if t.extraSums == nil {
		return
	}
	t.capped = score.Score{}
	t.highest.reset()
	t.sources.Reset()
	t.tactics.Reset()
	t.techniques.Reset()
	t.threats.Reset()
	clear(t.byGroup)
	clear(t.bySource)
}

// addModifier adds the youngest modifier.
func (t *runningSums) addModifier(dict *dictionary, m *modifier) {
	t.count++
	score := dict.scoreOf(m)
	t.sum = t.sum.Add(score)
	if t.extraSums == nil {
		return
	}
	k := dict.kindOf(m)
	if t.rule.uses.has(mMax) {
		t.highest.push(score)
	}
	t.countAttributes(dict, m, k, true)
	if t.rule.hasDiscounts() {
		t.changeSource(m, score, k.source, true)
	}
}

// removeModifier removes the oldest modifier.
func (t *runningSums) removeModifier(dict *dictionary, m *modifier) {
	t.count--
	score := dict.scoreOf(m)
	t.sum = t.sum.Sub(score)
	if t.extraSums == nil {
		return
	}
	k := dict.kindOf(m)
	if t.rule.uses.has(mMax) {
		t.highest.pop(score)
	}
	t.countAttributes(dict, m, k, false)
	if t.rule.hasDiscounts() {
		t.changeSource(m, score, k.source, false)
	}
}

// countAttributes adds the attributes of m that the rule uses to the counters, or removes
// them.
func (t *runningSums) countAttributes(dict *dictionary, m *modifier, k *kind, enters bool) {
	uses := t.rule.uses
	if uses.has(mSources) && k.source != 0 {
		t.sources.Change(k.source, enters)
	}
	if (uses.has(mTactics) || uses.has(mTechniques)) && k.attack != 0 {
		a := dict.attackOf(k)
		for _, id := range a.tactics {
			t.tactics.Change(id, enters)
		}
		for _, id := range a.techniques {
			t.techniques.Change(id, enters)
		}
	}
	if uses.has(mThreats) && m.threats != 0 {
		dict.eachThreat(m, func(id uint32) { t.threats.Change(id, enters) })
	}
}

// changeSource adds m to the sums of its source, or removes it, and updates t.capped.
func (t *runningSums) changeSource(m *modifier, score score.Score, source uint32, enters bool) {
	if source == 0 {
		t.capped = t.capped.Add(signedBy(score, enters))
		return
	}
	col := t.bySource[source]
	if col == nil {
		col = new(sourceSums)
		t.bySource[source] = col
	}
	before := col.cappedSum(t.rule)
	if t.rule.dedup == DedupNone {
		col.sum = col.sum.Add(signedBy(score, enters))
	} else {
		col.sum = col.sum.Add(t.changeGroup(m, score, source, enters))
	}
	if t.rule.cap.set && score.Sign() > 0 {
		col.highest.change(score, enters)
	}
	if enters {
		col.count++
	} else if col.count--; col.count == 0 {
		delete(t.bySource, source)
	}
	t.capped = t.capped.Add(col.cappedSum(t.rule)).Sub(before)
}

// changeGroup adds m to its group of repeats, or removes it, and returns the change of the
// group's largest value.
func (t *runningSums) changeGroup(m *modifier, score score.Score, source uint32, enters bool) score.Score {
	key := groupKey{source: source}
	if t.rule.dedup == DedupMessage {
		key.message = m.message
	}
	if score.Sign() <= 0 {
		return signedBy(score, enters)
	}
	g := t.byGroup[key]
	if g == nil {
		g = new(repeats)
		t.byGroup[key] = g
	}
	before := g.top()
	g.change(score, enters)
	after := g.top()
	if g.empty() {
		delete(t.byGroup, key)
	}
	return after.Sub(before)
}

func signedBy(s score.Score, plus bool) score.Score {
	if plus {
		return s
	}
	return s.Neg()
}

// measures returns the measures. Those that the rule does not use are 0.
func (t *runningSums) measures() measures {
	var m measures
	m[mScore], m[mCapped] = t.sum, t.sum
	m[mCount] = score.Points(t.count)
	if t.extraSums == nil {
		return m
	}
	if t.rule.hasDiscounts() {
		m[mCapped] = t.capped
	}
	m[mMax] = t.highest.top()
	m[mSources] = score.Points(t.sources.Distinct())
	m[mTactics] = score.Points(t.tactics.Distinct())
	m[mTechniques] = score.Points(t.techniques.Distinct())
	m[mThreats] = score.Points(t.threats.Distinct())
	return m
}

// sourceSums are the sums of one source.
type sourceSums struct {
	count   int
	sum     score.Score
	highest slidingMax
}

func (c *sourceSums) cappedSum(r *compiledRule) score.Score {
	limit, limited := r.cap.limitFor(c.highest.top())
	if limited && c.sum.Cmp(limit) > 0 {
		return limit
	}
	return c.sum
}

// repeats holds the positive values of a group of modifiers that repeat each other.
type repeats = slidingMax

// slidingMax computes the maximum of a sliding window. It is a monotonic queue: it keeps
// the values that no younger value exceeds, in descending order.
type slidingMax struct {
	values []score.Score
	head   int
}

func (p *slidingMax) reset() { p.values, p.head = p.values[:0], 0 }

func (p *slidingMax) push(s score.Score) {
	for len(p.values) > p.head && p.values[len(p.values)-1].Cmp(s) < 0 {
		p.values = p.values[:len(p.values)-1]
	}
	if p.head > 16 && 2*p.head > len(p.values) {
		p.values = p.values[:copy(p.values, p.values[p.head:])]
		p.head = 0
	}
	p.values = append(p.values, s)
}

// pop removes the oldest value of the window, s.
func (p *slidingMax) pop(s score.Score) {
	if p.head < len(p.values) && p.values[p.head] == s {
		p.head++
	}
}

func (p *slidingMax) change(s score.Score, enters bool) {
	if enters {
		p.push(s)
	} else {
		p.pop(s)
	}
}

func (p *slidingMax) empty() bool { return p.head == len(p.values) }

// top returns the greatest value, or 0 if the window is empty.
func (p *slidingMax) top() score.Score {
	if p.empty() {
		return score.Score{}
	}
	return p.values[p.head]
}
