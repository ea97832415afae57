package risk

import "iter"

// tally keeps the measures of a sliding window up to date: modifiers enter at
// its young end and leave at its old end, each in constant time but for maps.
// It serves rules whose values do not move with time; it answers what view
// would. Both are held to the same twin.
type tally struct {
	rule  *incident
	count int64
	sum   Score
	*details
}

// details are what a rule needs beyond count and sum; most need little of it.
type details struct {
	capped     Score // only if the rule discounts
	highest    peak
	sources    counter
	tactics    counter
	techniques counter
	threats    counter
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
	t.count, t.sum = 0, Score{}
	if t.details == nil {
		return
	}
	t.capped = Score{}
	t.highest.reset()
	t.sources.reset()
	t.tactics.reset()
	t.techniques.reset()
	t.threats.reset()
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
		t.sources.change(k.source, enters)
	}
	if (uses.has(mTactics) || uses.has(mTechniques)) && k.attack != 0 {
		a := words.attackOf(k)
		for _, id := range a.tactics {
			t.tactics.change(id, enters)
		}
		for _, id := range a.techniques {
			t.techniques.change(id, enters)
		}
	}
	if uses.has(mThreats) && m.threats != 0 {
		words.eachThreat(m, func(id uint32) { t.threats.change(id, enters) })
	}
}

// change lets m enter its source's column or leave it, and capped follow.
func (t *tally) change(m *mod, score Score, source uint32, enters bool) {
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
	if t.rule.dedup == dedupNone {
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
func (t *tally) regroup(m *mod, score Score, source uint32, enters bool) Score {
	key := groupKey{source: source}
	if t.rule.dedup == dedupMessage {
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

func signedBy(s Score, plus bool) Score {
	if plus {
		return s
	}
	return s.Neg()
}

// measures returns the measures that the rule uses.
func (t *tally) measures() measures {
	var m measures
	m[mScore], m[mCapped] = t.sum, t.sum
	m[mCount] = Points(t.count)
	if t.details == nil {
		return m
	}
	if t.rule.discounts() {
		m[mCapped] = t.capped
	}
	m[mMax] = t.highest.top()
	m[mSources] = Points(t.sources.distinct())
	m[mTactics] = Points(t.tactics.distinct())
	m[mTechniques] = Points(t.techniques.distinct())
	m[mThreats] = Points(t.threats.distinct())
	return m
}

// column is what one source adds up to.
type column struct {
	count   int
	sum     Score
	highest peak
}

func (c *column) value(r *incident) Score {
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
	live []Score
	head int
}

func (p *peak) reset() { p.live, p.head = p.live[:0], 0 }

func (p *peak) push(s Score) {
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
func (p *peak) pop(s Score) {
	if p.head < len(p.live) && p.live[p.head] == s {
		p.head++
	}
}

func (p *peak) change(s Score, enters bool) {
	if enters {
		p.push(s)
	} else {
		p.pop(s)
	}
}

func (p *peak) empty() bool { return p.head == len(p.live) }

// top returns the greatest value, 0 if there is none.
func (p *peak) top() Score {
	if p.empty() {
		return Score{}
	}
	return p.live[p.head]
}

// counter counts the users of each id. While they are few it is a list.
type counter struct {
	few  []usage
	many map[uint32]int32
}

type usage struct {
	id uint32
	n  int32
}

// fewest is up to how many ids a list is faster than a map.
const fewest = 48

func (c *counter) reset() {
	c.few = c.few[:0]
	clear(c.many)
}

func (c *counter) change(id uint32, enters bool) {
	if enters {
		c.add(id)
	} else {
		c.remove(id)
	}
}

func (c *counter) add(id uint32) {
	if len(c.many) > 0 {
		c.many[id]++
		return
	}
	for i := range c.few {
		if c.few[i].id == id {
			c.few[i].n++
			return
		}
	}
	if len(c.few) < fewest {
		c.few = append(c.few, usage{id, 1})
		return
	}
	if c.many == nil {
		c.many = make(map[uint32]int32, 2*fewest)
	}
	for _, u := range c.few {
		c.many[u.id] = u.n
	}
	c.few = c.few[:0]
	c.many[id]++
}

func (c *counter) remove(id uint32) {
	if len(c.many) > 0 {
		if c.many[id]--; c.many[id] == 0 {
			delete(c.many, id)
		}
		return
	}
	for i := range c.few {
		if c.few[i].id != id {
			continue
		}
		if c.few[i].n--; c.few[i].n == 0 {
			last := len(c.few) - 1
			c.few[i] = c.few[last]
			c.few = c.few[:last]
		}
		return
	}
}

// all yields the ids and how many users each has.
func (c *counter) all() iter.Seq2[uint32, int32] {
	return func(yield func(uint32, int32) bool) {
		for _, u := range c.few {
			if !yield(u.id, u.n) {
				return
			}
		}
		for id, n := range c.many {
			if !yield(id, n) {
				return
			}
		}
	}
}

func (c *counter) distinct() int64 { return int64(len(c.few) + len(c.many)) }
