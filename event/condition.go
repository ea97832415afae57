package event

import (
	"slices"

	"github.com/kithsec/kith/internal/cond"
)

// Condition is a condition whose fields are paths, each by all of its spellings.
// The zero Condition always holds.
type Condition struct {
	set      *cond.Set
	fields   [][]Path
	nulls    *nulls // values that count as absent
	verbatim bool
}

// Fields returns the fields that the condition reads, each once.
func (c *Condition) Fields() []string { return c.set.Fields() }

// mayHold reports whether an event can have all fields of the condition.
func (c *Condition) mayHold(has func(Path) bool) bool {
	return c == nil || !slices.ContainsFunc(c.fields, func(spellings []Path) bool { return !slices.ContainsFunc(spellings, has) })
}

// Source yields the values of the fields of a condition, by their index in
// [Condition.Fields]: nil if a field is absent. They must not change until the
// condition is decided.
type Source interface {
	Values(field int) [][]byte
}

// Holds reports whether a condition of the Reader's Schema holds for the event.
func (r *Reader) Holds(c *Condition) bool {
	r.source.condition = c
	return r.HoldsFor(c, &r.source)
}

// HoldsFor reports whether a condition holds for the values of a Source, which may
// be [Reader.Values] for some fields.
func (r *Reader) HoldsFor(c *Condition, src Source) bool {
	r.fieldTexts = r.fieldTexts[:0]
	return c.set.Holds(src)
}

// eventSource is a Source of the values of the event.
type eventSource struct {
	reader    *Reader
	condition *Condition
}

// Values returns the values of a field of the event.
func (s *eventSource) Values(field int) [][]byte { return s.reader.Values(s.condition, field) }

// Values returns the values that the event has for a field of a condition: those
// of the first spelling that has any. They are valid until the next condition is
// decided.
func (r *Reader) Values(c *Condition, field int) [][]byte {
	from := len(r.fieldTexts)
	for _, p := range c.fields[field] {
		if !r.present.Has(p) {
			continue
		}
		if c.verbatim {
			r.fieldTexts = r.AppendVerbatim(r.fieldTexts, p)
		} else {
			r.fieldTexts = c.nulls.drop(r.AppendTexts(r.fieldTexts, p), from)
		}
		if len(r.fieldTexts) > from {
			return r.fieldTexts[from:len(r.fieldTexts):len(r.fieldTexts)]
		}
	}
	return nil
}
