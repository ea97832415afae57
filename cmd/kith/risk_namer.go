package main

import (
	"slices"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/jsonedit"
	"github.com/kithsec/kith/risk"
)

// quickNames names objects as the snapshot does, without reading all fields of
// the entity. Either table of the snapshot may be missing.
type quickNames struct {
	*enrich.Snapshot
	asset, identity int // the columns of the priority, -1 if there is none
}

func newQuickNames(s *enrich.Snapshot) risk.Namer {
	q := &quickNames{s, -1, -1}
	if s.Assets != nil {
		q.asset = priorityColumn(s.Assets.Columns())
	}
	if s.Identities != nil {
		q.identity = priorityColumn(s.Identities.Columns())
	}
	return q
}

func priorityColumn(columns []entity.Column) int {
	return slices.IndexFunc(columns, func(c entity.Column) bool { return c.Name == "priority" })
}

// AppendName answers as Resolve does.
func (q *quickNames) AppendName(dst []byte, zone entity.Zone, text, objectType string) ([]byte, risk.Naming, bool) {
	first, second := q.appendAsset, q.appendIdentity
	if objectType == "user" {
		first, second = second, first
	}
	if dst, n, found := first(dst, zone, text); found {
		return dst, n, true
	}
	return second(dst, zone, text)
}

func (q *quickNames) appendAsset(dst []byte, zone entity.Zone, text string) ([]byte, risk.Naming, bool) {
	if q.Assets == nil {
		return dst, risk.Naming{}, false
	}
	m, found := q.Assets.Lookup(zone, text)
	if !found {
		return dst, risk.Naming{}, false
	}
	filled := q.Assets.Fill(m, q.Snapshot.Fill)
	key, _ := filled.Value(entity.KeyColumn)
	n := risk.Naming{Kind: entity.Asset, Step: m.Step}
	if q.asset >= 0 {
		value, _ := filled.Value(q.asset)
		n.Priority = priorityOf(value)
	}
	return appendFirst(dst, key), n, true
}

func (q *quickNames) appendIdentity(dst []byte, zone entity.Zone, text string) ([]byte, risk.Naming, bool) {
	if q.Identities == nil {
		return dst, risk.Naming{}, false
	}
	m, found := q.Identities.Lookup(zone, text)
	if !found {
		return dst, risk.Naming{}, false
	}
	n := risk.Naming{Kind: entity.Identity, Step: m.Step}
	if q.identity >= 0 {
		n.Priority = priorityOf(q.Identities.Value(m, q.identity))
	}
	return appendFirst(dst, q.Identities.Value(m, entity.KeyColumn)), n, true
}

// appendFirst appends the text of a stored string, or of the first one of an
// array.
func appendFirst(dst, json []byte) []byte {
	if len(json) > 0 && json[0] == '[' {
		v := jsonedit.Value{Kind: jsonedit.Array, End: uint32(len(json))}
		for e := range v.Elements(json) {
			return e.AppendText(dst, json)
		}
	}
	if len(json) < 2 || json[0] != '"' {
		return append(dst, json...)
	}
	return jsonedit.AppendUnquoted(dst, json[1:len(json)-1])
}

func priorityOf(json []byte) entity.Priority {
	if len(json) < 2 {
		return entity.Unset
	}
	var room [16]byte
	p, _ := entity.ParsePriority(string(appendFirst(room[:0], json)))
	return p
}
