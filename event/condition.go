package event

import (
	"errors"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/problem"
)

// Condition is a condition over events of a [Schema]. The zero Condition always
// holds.
type Condition struct {
	set      *cond.Set
	fields   [][]Path // the spellings of each field
	nulls    *nullSet // values that count as absent; nil if there are none
	verbatim bool     // see Options.Verbatim
}

// compileClauses compiles clauses. The error joins a cond.Error for each mistake.
func compileClauses(clauses []entity.Clause) (*cond.Set, error) {
	set, err := cond.Compile(clauses)
	errs := problem.Joined(err)
	for i, c := range clauses {
		for _, field := range []struct{ key, text string }{{"field", c.Field}, {"value_field", c.ValueField}} {
			if field.text == "" {
				continue
			}
			if err := CheckPath(field.text); err != nil {
				errs = append(errs, &cond.Error{Clause: i, Key: field.key, Index: -1, Reason: err.Error()})
			}
		}
	}
	return set, errors.Join(errs...)
}

// Fields returns the fields that the condition reads, each once.
func (c *Condition) Fields() []string { return c.set.Fields() }

// mayHold reports whether an event can have all fields of the condition if its
// only paths are those for which has returns true.
func (c *Condition) mayHold(has func(Path) bool) bool {
	return c == nil || !slices.ContainsFunc(c.fields, func(spellings []Path) bool { return !slices.ContainsFunc(spellings, has) })
}

// Source supplies the values with which a condition is evaluated.
type Source interface {
	// Values returns the values of the field with the given index in
	// [Condition.Fields], nil if it is absent. They must not change until the
	// evaluation ends.
	Values(field int) [][]byte
}

// Holds reports whether a condition holds for the event. The condition must be
// from the Builder of the Reader's Schema.
func (r *Reader) Holds(c *Condition) bool {
	r.source.condition = c
	return r.HoldsFor(c, &r.source)
}

// HoldsFor reports whether a condition holds for the values of a Source. The
// Source may call [Reader.Values] for the fields that it takes from the event.
func (r *Reader) HoldsFor(c *Condition, src Source) bool {
	r.fieldTexts = r.fieldTexts[:0]
	return c.set.Holds(src)
}

// eventSource is the Source whose values are all those of the event.
type eventSource struct {
	reader    *Reader
	condition *Condition
}

// Values returns the values that the event has for a field of the condition.
func (s *eventSource) Values(field int) [][]byte { return s.reader.Values(s.condition, field) }

// Values returns the values that the event has for a field of a condition: those
// of the first spelling that has any. They are valid until the next call of Holds
// or HoldsFor.
func (r *Reader) Values(c *Condition, field int) [][]byte {
	from := len(r.fieldTexts)
	for _, p := range c.fields[field] {
		if !r.present.Has(p) {
			continue
		}
		if c.verbatim {
			r.fieldTexts = r.AppendVerbatim(r.fieldTexts, p)
		} else {
			r.fieldTexts = c.nulls.dropTokens(r.AppendTexts(r.fieldTexts, p), from)
		}
		if len(r.fieldTexts) > from {
			return r.fieldTexts[from:len(r.fieldTexts):len(r.fieldTexts)]
		}
	}
	return nil
}
