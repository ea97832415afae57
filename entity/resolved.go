package entity

// Resolved is what the tables say about one key: which entity answered, by
// which step, and the entity's fields after filling. It is made for callers
// that keep what they ask for (risk), not for the hot path.
type Resolved struct {
	Kind   Kind
	Zone   Zone   // the zone that was asked
	Key    string // the canonical key of the entity, as it is spelled
	ID     string // asset_id or identity_id
	Step   Step
	Fields []FieldValues // the fields that have values, in schema order
}

// FieldValues are the values of one field of an entity: one for a single-value
// field, in rank order for a multi-value one. Booleans are "true".
type FieldValues struct {
	Name   string // as in the list: "priority", not "src_priority"
	Values []string
}

// Values returns the values of the named field, nil if it has none.
func (r Resolved) Values(field string) []string {
	return valuesOf(r.Fields, field)
}

func valuesOf(fields []FieldValues, name string) []string {
	for _, f := range fields {
		if f.Name == name {
			return f.Values
		}
	}
	return nil
}

// Named is what a lookup says of one of many names that are looked up together:
// no more than risk needs of most.
type Named struct {
	From, To int // of the canonical key, in the buffer that it was appended to
	Kind     Kind
	Step     Step     // 0 if nothing answers
	Priority Priority // after filling, Unset if there is none
}
