package risk

import (
	"slices"
	"time"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// windowEntry is a modifier in a window, with its value after each stage of the
// evaluation.
type windowEntry struct {
	index  int // of the modifier in those of the object
	source uint32
	value  score.Score // calculated × decay weight
	weight score.Weight
	dedup  score.Score // discounted as a repeat
	cap    score.Score // discounted above the cap
	rank   score.Weight
	final  score.Score // its contribution
}

// fullWindow evaluates a window from all of its modifiers. It is used for rules whose
// measures change with time or depend on ranks, and for the content of notables. It
// follows the definition: filter, decay, dedup, cap, aggregate. Its memory is reused.
type fullWindow struct {
	entries      []windowEntry
	order        []int32
	bestOfGroup  map[groupKey]int32
	sourceTotals map[uint32]*sourceTotal
	ids          window.Counter
}

type groupKey struct{ source, message uint32 }

// sourceTotal is the sum and the maximum of the values of one source.
type sourceTotal struct {
	sum, max score.Score
	any      bool // whether max is set
}

func newFullWindow() *fullWindow {
	return &fullWindow{bestOfGroup: map[groupKey]int32{}, sourceTotals: map[uint32]*sourceTotal{}}
}

// loadModifiers loads those of mods that pass the filter, and applies decay. first is
// the index of mods[0] in the modifiers of the object. Positive values are decayed to
// instant x and negative ones to y; x and y differ only when bounds are estimated.
func (v *fullWindow) loadModifiers(r *compiledRule, dict *dictionary, mods []modifier, first int, x, y eventtime.Instant) {
	v.entries = v.entries[:0]
	for i := range mods {
		m := &mods[i]
		k := dict.kindOf(m)
		if !r.passesFilter(k.mask) {
			continue
		}
		row := windowEntry{index: first + i, source: k.source, value: dict.scoreOf(m)}
		if r.decay != nil {
			now := x
			if m.lowersRisk() {
				now = y
			}
			row.weight = r.decay.At(time.Duration(now - m.at))
			row.value = row.weight.Scale(row.value)
		}
		row.final = row.value
		v.entries = append(v.entries, row)
	}
}

// applyDiscounts applies dedup and cap to the entries.
func (v *fullWindow) applyDiscounts(r *compiledRule, all []modifier) {
	if r.dedup != DedupNone {
		v.discountRepeats(r, all)
	}
	if r.cap.set {
		v.capSources(r)
	}
}

// discountRepeats discounts all positive values of a group of repeats except the largest,
// or the earliest of several that are equally large. A modifier without a source is not
// in a group.
func (v *fullWindow) discountRepeats(r *compiledRule, all []modifier) {
	clear(v.bestOfGroup)
	for i := range v.entries {
		w := &v.entries[i]
		if w.source == 0 || w.value.Sign() <= 0 {
			continue
		}
		key := groupKey{source: w.source}
		if r.dedup == DedupMessage {
			key.message = all[w.index].message
		}
		best, found := v.bestOfGroup[key]
		if !found {
			v.bestOfGroup[key] = int32(i)
			continue
		}
		loser := w
		if held := &v.entries[best]; w.value.Cmp(held.value) > 0 {
			loser = held
			v.bestOfGroup[key] = int32(i)
		}
		loser.dedup, loser.final = loser.value, score.Score{}
	}
}

// capSources discounts the amount by which a source exceeds its limit, from the latest
// modifiers of the source first.
func (v *fullWindow) capSources(r *compiledRule) {
	clear(v.sourceTotals)
	for i := range v.entries {
		w := &v.entries[i]
		if w.source == 0 {
			continue
		}
		t := v.sourceTotals[w.source]
		if t == nil {
			t = new(sourceTotal)
			v.sourceTotals[w.source] = t
		}
		t.sum = t.sum.Add(w.final)
		if !t.any || w.final.Cmp(t.max) > 0 {
			t.max, t.any = w.final, true
		}
	}
	for i := len(v.entries) - 1; i >= 0; i-- {
		w := &v.entries[i]
		t := v.sourceTotals[w.source]
		if t == nil || w.final.Sign() <= 0 {
			continue
		}
		limit, limited := r.cap.limitFor(t.max)
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

// aggregate returns the sum of the entries, weighted by rank if the rule has a series.
// Negative values count in full.
func (v *fullWindow) aggregate(r *compiledRule) score.Score {
	if r.series != nil {
		v.order = v.order[:0]
		for i := range v.entries {
			if v.entries[i].final.Sign() > 0 {
				v.order = append(v.order, int32(i))
			}
		}
		slices.SortStableFunc(v.order, func(a, b int32) int { return v.entries[b].final.Cmp(v.entries[a].final) })
		for rank, i := range v.order {
			w := &v.entries[i]
			w.rank = r.series.Rank(rank + 1)
			w.final = w.rank.Scale(w.final)
		}
	}
	var sum score.Score
	for i := range v.entries {
		sum = sum.Add(v.entries[i].final)
	}
	return sum
}

// resetDiscounts undoes applyDiscounts and aggregate.
func (v *fullWindow) resetDiscounts() {
	for i := range v.entries {
		w := &v.entries[i]
		w.dedup, w.cap, w.rank, w.final = score.Score{}, score.Score{}, score.Weight{}, w.value
	}
}

// computeMeasures returns the scores, the count and the other measures that the rule uses.
// Afterwards the final values of the entries add up to the capped score.
func (v *fullWindow) computeMeasures(r *compiledRule, dict *dictionary, all []modifier) measures {
	var m measures
	m[mScore] = v.aggregate(r)
	m[mCapped] = m[mScore]
	if r.hasDiscounts() {
		v.resetDiscounts()
		v.applyDiscounts(r, all)
		m[mCapped] = v.aggregate(r)
	}
	m[mCount] = score.Points(int64(len(v.entries)))
	if r.uses.has(mMax) {
		m[mMax] = v.maxValue()
	}
	if r.uses.has(mSources) {
		m[mSources] = v.countDistinct(func(w *windowEntry, add func(uint32)) {
			if w.source != 0 {
				add(w.source)
			}
		})
	}
	set := func(part func(*attackIDs) []uint32) score.Score {
		return v.countDistinct(func(w *windowEntry, add func(uint32)) {
			for _, id := range part(dict.attackOf(dict.kindOf(&all[w.index]))) {
				add(id)
			}
		})
	}
	if r.uses.has(mTactics) {
		m[mTactics] = set(func(s *attackIDs) []uint32 { return s.tactics })
	}
	if r.uses.has(mTechniques) {
		m[mTechniques] = set(func(s *attackIDs) []uint32 { return s.techniques })
	}
	if r.uses.has(mThreats) {
		m[mThreats] = v.countDistinct(func(w *windowEntry, add func(uint32)) { dict.eachThreat(&all[w.index], add) })
	}
	return m
}

func (v *fullWindow) maxValue() score.Score {
	var max score.Score
	for i := range v.entries {
		if i == 0 || v.entries[i].value.Cmp(max) > 0 {
			max = v.entries[i].value
		}
	}
	return max
}

func (v *fullWindow) countDistinct(each func(*windowEntry, func(uint32))) score.Score {
	v.ids.Reset()
	for i := range v.entries {
		each(&v.entries[i], v.ids.Add)
	}
	return score.Points(v.ids.Distinct())
}

// windowRange returns the range of mods with from < t ≤ x, where t is their time.
func windowRange(mods []modifier, x, from eventtime.Instant) (lo, hi int) {
	hi = countUpTo(mods, x)
	return countUpTo(mods[:hi], from), hi
}
