package enrich

import (
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/jsonscan"
)

// Snapshot is what events are enriched from: one table of each kind, built
// together. Either may be nil. It is immutable once it is in use and safe for
// concurrent use; a change of the lists makes another Snapshot.
type Snapshot struct {
	Assets     *assets.Table
	Identities *identities.Table
	Fill       assets.Fill // how looked-up addresses are filled
}

// Resolve answers one key for callers that keep what they ask for, as risk
// does: users are looked for among the identities first, everything else among
// the assets first. Empty fields are filled from covering prefixes.
func (s *Snapshot) Resolve(zone, text, objectType string) (entity.Resolved, bool) {
	z := entity.ParseZone(zone)
	if objectType == "user" {
		if r, ok := s.resolveIdentity(z, text); ok {
			return r, true
		}
		return s.resolveAsset(z, text)
	}
	if r, ok := s.resolveAsset(z, text); ok {
		return r, true
	}
	return s.resolveIdentity(z, text)
}

// AppendName answers as Resolve does, but reads no more of the entity than risk
// needs of most: it appends the canonical key to dst, and tells the entity's
// kind, the step that found it, and its priority after filling,
// [entity.Unset] if it has none. If nothing is found, dst comes back as it was.
// It does not allocate.
func (s *Snapshot) AppendName(dst []byte, zone entity.Zone, text, objectType string) (name []byte, kind entity.Kind, step entity.Step, priority entity.Priority, found bool) {
	first, second := s.appendAsset, s.appendIdentity
	if objectType == "user" {
		first, second = second, first
	}
	if dst, kind, step, priority, found = first(dst, zone, text); found {
		return dst, kind, step, priority, true
	}
	return second(dst, zone, text)
}

func (s *Snapshot) appendAsset(dst []byte, zone entity.Zone, text string) ([]byte, entity.Kind, entity.Step, entity.Priority, bool) {
	if s.Assets == nil {
		return dst, 0, 0, entity.Unset, false
	}
	m, found := s.Assets.Lookup(zone, text)
	if !found {
		return dst, 0, 0, entity.Unset, false
	}
	filled := s.Assets.Fill(m, s.Fill)
	priority := entity.Unset
	if i := priorityColumn(s.Assets.Columns()); i >= 0 {
		json, _ := filled.Value(i)
		priority = priorityOf(json)
	}
	key, _ := filled.Value(entity.KeyColumn)
	return appendFirst(dst, key), entity.Asset, m.Step, priority, true
}

func (s *Snapshot) appendIdentity(dst []byte, zone entity.Zone, text string) ([]byte, entity.Kind, entity.Step, entity.Priority, bool) {
	if s.Identities == nil {
		return dst, 0, 0, entity.Unset, false
	}
	m, found := s.Identities.Lookup(zone, text)
	if !found {
		return dst, 0, 0, entity.Unset, false
	}
	priority := entity.Unset
	if i := priorityColumn(s.Identities.Columns()); i >= 0 {
		priority = priorityOf(s.Identities.Value(m, i))
	}
	return appendFirst(dst, s.Identities.Value(m, entity.KeyColumn)), entity.Identity, m.Step, priority, true
}

// priorityColumn returns which column holds the priority, -1 if none does.
func priorityColumn(columns []entity.Column) int {
	for i := range columns {
		if columns[i].Name == "priority" {
			return i
		}
	}
	return -1
}

// appendFirst appends the text of a stored value, of an array that of its first
// element.
func appendFirst(dst, json []byte) []byte {
	if len(json) > 0 && json[0] == '[' {
		v := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(json))}
		for e := range v.Elements(json) {
			return e.AppendText(dst, json)
		}
	}
	if len(json) < 2 || json[0] != '"' {
		return append(dst, json...)
	}
	return jsonscan.AppendUnquoted(dst, json[1:len(json)-1])
}

func priorityOf(json []byte) entity.Priority {
	if len(json) < 2 {
		return entity.Unset
	}
	var room [16]byte
	p, _ := entity.ParsePriority(string(appendFirst(room[:0], json)))
	return p
}

// zones returns the zones that have keys.
func (s *Snapshot) zones() map[string]entity.Zone {
	known := make(map[string]entity.Zone)
	if s.Assets != nil {
		for _, z := range s.Assets.Zones() {
			known[string(z)] = z
		}
	}
	if s.Identities != nil {
		for _, z := range s.Identities.Zones() {
			known[string(z)] = z
		}
	}
	return known
}

func (s *Snapshot) resolveAsset(zone entity.Zone, text string) (entity.Resolved, bool) {
	if s.Assets == nil {
		return entity.Resolved{}, false
	}
	m, ok := s.Assets.Lookup(zone, text)
	if !ok {
		return entity.Resolved{}, false
	}
	filled := s.Assets.Fill(m, s.Fill)
	r := entity.Resolved{Kind: entity.Asset, Zone: zone, Step: m.Step}
	r.ID = unquoted(s.Assets.AppendID(nil, m))
	for i, c := range s.Assets.Columns() {
		json, _ := filled.Value(i)
		addField(&r, i, c, json)
	}
	return r, true
}

func (s *Snapshot) resolveIdentity(zone entity.Zone, text string) (entity.Resolved, bool) {
	if s.Identities == nil {
		return entity.Resolved{}, false
	}
	m, ok := s.Identities.Lookup(zone, text)
	if !ok {
		return entity.Resolved{}, false
	}
	r := entity.Resolved{Kind: entity.Identity, Zone: zone, Step: m.Step}
	r.ID = unquoted(s.Identities.AppendID(nil, m))
	for i, c := range s.Identities.Columns() {
		addField(&r, i, c, s.Identities.Value(m, i))
	}
	return r, true
}

// addField adds the values of one column; the first column names the entity.
func addField(r *entity.Resolved, column int, c entity.Column, json []byte) {
	if json == nil {
		return
	}
	values := valuesOf(json)
	if column == entity.KeyColumn {
		r.Key = values[0]
	}
	r.Fields = append(r.Fields, entity.FieldValues{Name: c.Name, Values: values})
}

// valuesOf returns the values of a stored JSON value: of an array its
// elements, of a string its text, of a literal itself.
func valuesOf(json []byte) []string {
	if json[0] != '[' {
		return []string{unquoted(json)}
	}
	v := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(json))}
	var values []string
	for e := range v.Elements(json) {
		values = append(values, unquoted(e.Raw(json)))
	}
	return values
}

func unquoted(json []byte) string {
	if json[0] != '"' {
		return string(json)
	}
	if text := json[1 : len(json)-1]; !strings.Contains(string(text), `\`) {
		return string(text)
	}
	return string(jsonscan.AppendUnquoted(nil, json[1:len(json)-1]))
}
