package enrich

import (
	"bytes"

	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// ownerLookups looks up the owners of the assets that matched, for Options.Owner.
type ownerLookups struct {
	table.Lookups
	roles []int32  // by lookup: index of batch.roles
	text  []byte   // unescaped names; those appended earlier stay valid when it grows
	names [][]byte // scratch: the owners of one asset
}

// reset empties l and prepares it for lookups that read v, which may be nil if no lookups
// follow.
func (l *ownerLookups) reset(v *table.View) {
	l.Lookups.Reset(v)
	l.roles, l.text = l.roles[:0], l.text[:0]
}

// lookUpOwners looks up the owners of the assets that matched. If an asset has several
// owners, the first that is an identity counts.
func (b *batch) lookUpOwners() {
	machines, owners := &b.lookups[assetTable], &b.owners
	column := b.plan.tables[assetTable].owner
	owners.roles = owners.roles[:0]
	for i := range b.roles {
		s := &b.roles[i]
		s.owner = noOwner
		if s.table != assetTable || column < 0 || b.plan.tables[identityTable].table == nil || !b.hasMatched(s) {
			continue
		}
		if names := owners.parseNames(machines.Value(int(s.lookup), column)); len(names) > 0 {
			b.zones.ensureZone(b.plan, b.events[s.event].zone)
			s.owner = int32(owners.AddAccount(b.zones.ids[identityTable], nil, names[0], b.zones.assets(b.plan)))
			owners.roles = append(owners.roles, int32(i))
		}
	}
	if len(owners.roles) == 0 {
		return
	}
	owners.Advance()
	owners.Advance()
	for i, role := range owners.roles {
		if owners.Matched()[i] {
			continue
		}
		s := &b.roles[role]
		b.zones.ensureZone(b.plan, b.events[s.event].zone)
		for _, name := range owners.parseNames(machines.Value(int(s.lookup), column))[1:] {
			owners.AddMoreAccount(i, b.zones.ids[identityTable], nil, name, 0, b.zones.assets(b.plan))
		}
	}
	owners.MatchMore()
	owners.Advance()
}

// parseNames returns the owners in a stored value: a string, an array of strings, or
// nil. The slice is valid until the next call, the names until reset.
func (l *ownerLookups) parseNames(json []byte) [][]byte {
	l.names = l.names[:0]
	switch {
	case json == nil:
	case json[0] != '[':
		l.names = append(l.names, l.unquote(json))
	default:
		list := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(json))}
		for v := range list.Elements(json) {
			l.names = append(l.names, l.unquote(v.Raw(json)))
		}
	}
	return l.names
}

// unquote returns the text of a JSON string without white space around it.
func (l *ownerLookups) unquote(json []byte) []byte {
	from := len(l.text)
	l.text = jsonscan.AppendUnquoted(l.text, json[1:len(json)-1])
	return bytes.TrimSpace(l.text[from:len(l.text):len(l.text)])
}
