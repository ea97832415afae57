package enrich

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/fold"
)

// condition compiles clauses; spell returns the paths that a field may have.
func (c *compiler) condition(clauses []entity.Clause, spell func(field string) []string) (condition, error) {
	if len(clauses) == 0 {
		return condition{}, nil
	}
	set, err := cond.Compile(clauses)
	if err != nil {
		return condition{}, err
	}
	out := condition{set: set}
	for _, field := range set.Fields() {
		out.fields = append(out.fields, c.spellings(field, spell))
	}
	return out, nil
}

func (c *compiler) spellings(field string, spell func(field string) []string) []int {
	texts := []string{field}
	if spell != nil {
		texts = spell(field)
	}
	indices := make([]int, len(texts))
	for i, text := range texts {
		indices[i] = c.path(text)
	}
	return indices
}

// asking is a condition being put to an event.
type asking struct {
	condition *condition
	source    source
	present   pathSet // paths that the source may have
	texts     [][]byte
}

// Values returns the values of a field: of its spellings the first that the
// event has counts.
func (a *asking) Values(field int) [][]byte {
	from := len(a.texts)
	for _, path := range a.condition.fields[field] {
		if !a.present.has(path) {
			continue
		}
		a.texts = a.source.append(a.texts, path)
		a.texts = a.condition.nulls.dropFrom(a.texts, from)
		if len(a.texts) > from {
			break
		}
	}
	return a.texts[from:len(a.texts):len(a.texts)]
}

// holds reports whether a condition holds for the event at hand.
func (b *batch) holds(c *condition) bool {
	if c.set == nil {
		return true
	}
	b.asking.condition, b.asking.source, b.asking.present, b.asking.texts = c, b.source, b.present, b.asking.texts[:0]
	return c.set.Holds(&b.asking)
}

// zoneOf returns the zone of the event at hand: its own, else that of the first
// rule that holds, else the default.
func (b *batch) zoneOf() entity.Zone {
	p := b.plan
	if b.present.has(p.zonePath) {
		if b.texts = b.source.append(b.texts[:0], p.zonePath); len(b.texts) > 0 && len(b.texts[0]) > 0 {
			return b.internZone(b.texts[0])
		}
	}
	for i := range p.zoneRules {
		if b.holds(&p.zoneRules[i].when) {
			return p.zoneRules[i].zone
		}
	}
	return p.options.Zone.Default
}

// internZone returns the zone that an event names without allocating for those
// that the tables know.
func (b *batch) internZone(text []byte) entity.Zone {
	b.scratch = fold.AppendLower(b.scratch[:0], text)
	if z, ok := b.plan.zones[string(b.scratch)]; ok {
		return z
	}
	return entity.Zone(b.scratch)
}
