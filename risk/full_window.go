package risk

import (
	"slices"
	"time"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// row is one modifier of a window, and its value in each step of the evaluation.
type row struct {
	index  int // of the modifier
	source uint32
	value  score.Score // calculated × decay weight
	weight score.Weight
	dedup  score.Score // discounted as a repeat
	cap    score.Score // discounted above the cap
	rank   score.Weight
	final  score.Score // its contribution
}

// fullWindow evaluates a window by looking at all of its modifiers: for rules whose
// measures change with time or depend on ranks, and for the content of a notable. It
// follows the definition step by step: filter, decay, dedup, cap, aggregate. Its
// memory is reused.
type fullWindow struct {
	rows   []row
	order  []int32
	groups map[groupKey]int32
	caps   map[uint32]*sourceTotal
	seen   window.Counter
}

type groupKey struct{ source, message uint32 }

// sourceTotal is the sum and the maximum of one source.
type sourceTotal struct {
	sum, max score.Score
	any      bool
}

func newFullWindow() *fullWindow {
	return &fullWindow{groups: map[groupKey]int32{}, caps: map[uint32]*sourceTotal{}}
}

// load loads the modifiers among mods that pass the filter, with decay applied; the
// first of mods has the index first. Positive values are those at x and negative ones
// those at y. x and y differ only for estimates.
func (v *fullWindow) load(r *incident, words *dictionary, mods []mod, first int, x, y eventtime.Instant) {
	v.rows = v.rows[:0]
	for i := range mods {
		m := &mods[i]
		k := words.kindOf(m)
		if !r.sees(k.mask) {
			continue
		}
		row := row{index: first + i, source: k.source, value: words.score(m)}
		if r.decay != nil {
			now := x
			if m.lowers() {
				now = y
			}
			row.weight = r.decay.At(time.Duration(now - m.at))
			row.value = row.weight.Scale(row.value)
		}
		row.final = row.value
		v.rows = append(v.rows, row)
	}
}

// discount applies dedup and cap to the loaded rows.
func (v *fullWindow) discount(r *incident, all []mod) {
	if r.dedup != DedupNone {
		v.deduplicate(r, all)
	}
	if r.cap.set {
		v.capSources(r)
	}
}

// deduplicate keeps of each group of repeats only the largest positive value, the
// earliest of equals. A modifier without a source is not in a group.
func (v *fullWindow) deduplicate(r *incident, all []mod) {
	clear(v.groups)
	for i := range v.rows {
		w := &v.rows[i]
		if w.source == 0 || w.value.Sign() <= 0 {
			continue
		}
		key := groupKey{source: w.source}
		if r.dedup == DedupMessage {
			key.message = all[w.index].message
		}
		best, found := v.groups[key]
		if !found {
			v.groups[key] = int32(i)
			continue
		}
		loser := w
		if held := &v.rows[best]; w.value.Cmp(held.value) > 0 {
			loser = held
			v.groups[key] = int32(i)
		}
		loser.dedup, loser.final = loser.value, score.Score{}
	}
}

// capSources discounts what a source has above its limit from its latest modifiers.
func (v *fullWindow) capSources(r *incident) {
	clear(v.caps)
	for i := range v.rows {
		w := &v.rows[i]
		if w.source == 0 {
			continue
		}
		t := v.caps[w.source]
		if t == nil {
			t = new(sourceTotal)
			v.caps[w.source] = t
		}
		t.sum = t.sum.Add(w.final)
		if !t.any || w.final.Cmp(t.max) > 0 {
			t.max, t.any = w.final, true
		}
	}
	for i := len(v.rows) - 1; i >= 0; i-- {
		w := &v.rows[i]
		t := v.caps[w.source]
		if t == nil || w.final.Sign() <= 0 {
			continue
		}
		limit, limited := r.cap.of(t.max)
		if !limited || t.sum.Cmp(limit) <= 0 {
			continue
		}
		w.cap = t.sum.Sub(limit)
		if w.cap.Cmp(w.final) > 0 {
			w.cap = w.final
		}
		w.final = w.final.Sub(w.cap)
		t.sum = t.sum.Sub(w.cap)
	}
}

// aggregate weighs the rows by rank if the rule has a series, and returns their sum.
// Negative values count in full.
func (v *fullWindow) aggregate(r *incident) score.Score {
	if r.series != nil {
		v.order = v.order[:0]
		for i := range v.rows {
			if v.rows[i].final.Sign() > 0 {
				v.order = append(v.order, int32(i))
			}
		}
		slices.SortStableFunc(v.order, func(a, b int32) int { return v.rows[b].final.Cmp(v.rows[a].final) })
		for rank, i := range v.order {
			w := &v.rows[i]
			w.rank = r.series.Rank(rank + 1)
			w.final = w.rank.Scale(w.final)
		}
	}
	var sum score.Score
	for i := range v.rows {
		sum = sum.Add(v.rows[i].final)
	}
	return sum
}

// resetDiscounts undoes discount and aggregate.
func (v *fullWindow) resetDiscounts() {
	for i := range v.rows {
		w := &v.rows[i]
		w.dedup, w.cap, w.rank, w.final = score.Score{}, score.Score{}, score.Weight{}, w.value
	}
}

// measure returns the measures of the loaded rows that the rule uses. Afterwards the
// rows hold the parts of the capped score.
func (v *fullWindow) measure(r *incident, words *dictionary, all []mod) measures {
	var m measures
	m[mScore] = v.aggregate(r)
	m[mCapped] = m[mScore]
	if r.discounts() {
		v.resetDiscounts()
		v.discount(r, all)
		m[mCapped] = v.aggregate(r)
	}
	m[mCount] = score.Points(int64(len(v.rows)))
	if r.uses.has(mMax) {
		m[mMax] = v.max()
	}
	if r.uses.has(mSources) {
		m[mSources] = v.distinct(func(w *row, add func(uint32)) {
			if w.source != 0 {
				add(w.source)
			}
		})
	}
	set := func(part func(*sets) []uint32) score.Score {
		return v.distinct(func(w *row, add func(uint32)) {
			for _, id := range part(words.attackOf(words.kindOf(&all[w.index]))) {
				add(id)
			}
		})
	}
	if r.uses.has(mTactics) {
		m[mTactics] = set(func(s *sets) []uint32 { return s.tactics })
	}
	if r.uses.has(mTechniques) {
		m[mTechniques] = set(func(s *sets) []uint32 { return s.techniques })
	}
	if r.uses.has(mThreats) {
		m[mThreats] = v.distinct(func(w *row, add func(uint32)) { words.eachThreat(&all[w.index], add) })
	}
	return m
}

func (v *fullWindow) max() score.Score {
	var max score.Score
	for i := range v.rows {
		if i == 0 || v.rows[i].value.Cmp(max) > 0 {
			max = v.rows[i].value
		}
	}
	return max
}

func (v *fullWindow) distinct(each func(*row, func(uint32))) score.Score {
	v.seen.Reset()
	for i := range v.rows {
		each(&v.rows[i], v.seen.Add)
	}
	return score.Points(v.seen.Distinct())
}

// windowOf returns the range of mods with from < t ≤ x.
func windowOf(mods []mod, x, from eventtime.Instant) (lo, hi int) {
	hi = after(mods, x)
	return after(mods[:hi], from), hi
}
