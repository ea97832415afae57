package entity

// Resolved is the result of resolving one key: the entity, the step that found it,
// and the fields of the entity after filling. It is for callers that keep the result,
// such as risk; enrichment does not use it.
type Resolved struct {
	Kind   Kind
	Zone   Zone   // the zone that was looked up
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

// Named is the result for one of many names that are looked up together. It has only
// what risk needs for most names.
type Named struct {
	From, To int // of the canonical key, in the buffer that it was appended to
	Kind     Kind
	Step     Step     // 0 if there is no match
	Priority Priority // after filling, Unset if there is none
}
