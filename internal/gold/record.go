package gold

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// Column is a field of an entity as it is written into events.
type Column struct {
	Name string
	Type schema.Type
	JSON string // "" for no value
}

// Columns returns the fields of a match, with values filled in from covering prefixes, in
// the order in which they are written.
func (t *Table) Columns(a Match, fill assets.Fill) []Column {
	e := t.Entities
	kind := e.Kind.String()
	key := quoteJSON(e.CanonicalKey(a.Record))
	if e.Kind == entities.Identity {
		var keys []string
		for _, text := range e.KeysOf(a.Record) {
			keys = append(keys, text)
		}
		key = arrayJSON(keys)
	}
	columns := []Column{
		{Name: kind, JSON: key},
		{Name: kind + "_id", JSON: quoteJSON(e.Records[a.Record].ID.String())},
		{Name: kind + "_tag", JSON: arrayJSON(t.tagsOf(a.Record))},
	}
	for i, f := range e.Fields {
		if f.Name != "cim_entity_zone" && f.Name != "identity" {
			columns = append(columns, Column{f.Name, f.Type, fieldJSON(&e.Fields[i], t.filledValues(a, i, fill))})
		}
	}
	return columns
}

// tagsOf returns the tags of a record without duplicates.
func (t *Table) tagsOf(record int) []string {
	var tags []string
	add := func(values ...string) {
		for _, v := range values {
			if !slices.ContainsFunc(tags, func(have string) bool { return Fold(have) == Fold(v) }) {
				tags = append(tags, v)
			}
		}
	}
	flag := func(field, tag string) {
		if slices.Equal(t.valuesOf(record, field), []string{"true"}) {
			add(tag)
		}
	}
	flag("should_timesync", "should_timesync")
	flag("should_update", "should_update")
	flag("requires_av", "requires_av")
	flag("is_expected", "expected")
	add(t.valuesOf(record, "category")...)
	flag("watchlist", "watchlist")
	add(t.valuesOf(record, "bunit")...)
	for _, f := range t.Entities.Fields {
		if f.Custom && f.Tag {
			add(t.valuesOf(record, f.Name)...)
		}
	}
	return tags
}

func (t *Table) valuesOf(record int, field string) []string {
	if i, ok := t.Entities.Field(field); ok {
		return t.Entities.Values(record, i)
	}
	return nil
}

// filledValues returns the values of a field. An empty field is filled in from covering
// prefixes.
func (t *Table) filledValues(a Match, field int, fill assets.Fill) []string {
	e, f := t.Entities, &t.Entities.Fields[field]
	own := e.Values(a.Record, field)
	if f.Key || f.Type == schema.Boolean || !isEmpty(f.Name, own) {
		return own
	}
	from := a.Covering
	if a.Step == entity.StepPrefix {
		from = from[1:]
		if fill == assets.FillPerField {
			from = nil
		}
	}
	if fill == assets.FillNone {
		from = nil
	}
	if fill == assets.FillPerField && len(from) > 1 {
		from = from[:1]
	}
	other := map[string]string{"lat": "long", "long": "lat"}[f.Name]
	if other != "" && len(t.valuesOf(a.Record, other)) > 0 {
		return own
	}
	for _, c := range from {
		if other != "" && len(t.valuesOf(c.Record, other)) == 0 {
			continue
		}
		if v := e.Values(c.Record, field); !isEmpty(f.Name, v) {
			return v
		}
	}
	return own
}

func isEmpty(field string, values []string) bool {
	return len(values) == 0 ||
		field == "priority" && values[0] == "unknown" ||
		field == "pci_domain" && len(values) == 1 && values[0] == "untrust"
}

// fieldJSON returns the values of a field as JSON, or "" if nothing is written.
func fieldJSON(f *schema.Field, values []string) string {
	switch {
	case len(values) == 0:
		return ""
	case f.Type == schema.Boolean:
		if values[0] == "true" {
			return "true"
		}
		return ""
	case f.Type == schema.Coordinate:
		return values[0]
	case f.Type == schema.IP:
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.Contains(v, "/") })
	case f.Type == schema.MAC:
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { from, _ := macRange(v); return from != "" })
	case f.Type == schema.Domain:
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.HasPrefix(v, "*.") })
	}
	if f.Multi || len(values) == 0 {
		return arrayJSON(values)
	}
	return quoteJSON(values[0])
}

func arrayJSON(values []string) string {
	var quoted []string
	for _, v := range values {
		quoted = append(quoted, quoteJSON(v))
	}
	if quoted == nil {
		return ""
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

func quoteJSON(s string) string {
	s = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`, "\b", `\b`, "\f", `\f`).Replace(s)
	for c := range ' ' {
		s = strings.ReplaceAll(s, string(c), `\u00`+string("01"[c>>4])+string("0123456789abcdef"[c&15]))
	}
	return `"` + s + `"`
}
