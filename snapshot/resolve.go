package snapshot

import (
	"sync"
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/table"
)

// lookupKey looks up a key in the tables, in the order of tableOrder. It returns the
// first match and its table, or a nil table if there is none.
func (s *Snapshot) lookupKey(zone entity.Zone, text, objectType string) (*table.Table, table.Match) {
	for _, in := range tableOrder(objectType) {
		if v := s.nameViews().viewFor(in, objectType); v != nil {
			t := v.Table()
			var m table.Match
			machines := s.machines(zone)
			if t.FindBeside(&m, t.Zone(zone), fold.Trim(text), &machines) {
				return t, m
			}
		}
	}
	return nil, table.Match{}
}

// machines returns the assets of a zone, beside which accounts in a domain are looked up.
func (s *Snapshot) machines(zone entity.Zone) table.Machines {
	assets := table.Of(s.Assets)
	if assets == nil {
		return table.Machines{}
	}
	return table.Machines{Assets: assets, Zone: assets.Zone(zone)}
}

// UnknownDomains returns what identities.Table.UnknownDomains returns, nil without such a
// table.
func (s *Snapshot) UnknownDomains() []string {
	if s.Identities == nil {
		return nil
	}
	return s.Identities.UnknownDomains()
}

// Resolve looks up one key and reports whether it belongs to an entity. The result does
// not share memory with the tables. A key whose objectType is "user" is looked up among
// the identities first, any other among the assets first. A user is not looked up by other
// forms of the names of machines: ACME\anna is not the machine anna. Empty fields are filled
// from covering prefixes, as s.Fill states.
func (s *Snapshot) Resolve(zone entity.Zone, text, objectType string) (entity.Resolved, bool) {
	t, m := s.lookupKey(zone, text, objectType)
	if t == nil {
		return entity.Resolved{}, false
	}
	filled := t.Filled(m, table.Fill(s.Fill))
	r := entity.Resolved{Kind: t.Kind(), Zone: zone, Step: m.Step}
	for i, c := range t.Columns() {
		values := table.ValuesOf(filled.Value(i))
		switch {
		case len(values) == 0:
			continue
		case i == entity.KeyColumn:
			r.Key = values[0]
		case i == entity.IDColumn:
			r.ID = values[0]
			continue
		}
		r.Fields = append(r.Fields, entity.FieldValues{Name: c.Name, Values: values})
	}
	return r, true
}

func priorityOf(json []byte) entity.Priority {
	if p, ok := table.PriorityOf(json); ok || len(json) < 2 {
		return p
	}
	var room [16]byte
	p, _ := entity.ParsePriority(string(table.AppendFirst(room[:0], json)))
	return p
}

// nameViews holds the views and the pooled memory of AppendNames. It is initialised by
// Snapshot.nameViews.
type nameViews struct {
	views   [numTables]*table.View // of the key and, if the table has it, the priority; nil without a table
	ofAUser *table.View            // of the assets, without other forms of names; nil without a table
	pool    sync.Pool              // of *nameLookups
}

// userType is the type of risk objects that are people or accounts.
const userType = "user"

// viewFor returns the view of a table in which objects of a type are looked up, nil without a
// table.
func (n *nameViews) viewFor(in int, objectType string) *table.View {
	if in == assetTable && objectType == userType {
		return n.ofAUser
	}
	return n.views[in]
}

// nameLookups is the memory that one call of AppendNames needs.
type nameLookups struct {
	table.Lookups
	indexes []int // by lookup: index of the name
}

// nameBatch is the number of names that are looked up together.
const nameBatch = 64

// AppendNames looks up many names as Resolve looks up one, but returns only the fields
// that risk needs for most entities. It sets to[i] for texts[i] and appends the canonical
// keys to dst, where From and To of to[i] locate them. The priority is the one after
// filling, or [entity.Unset]. If no entity has the name, to[i] is the zero Named. The
// names go through the stages of the lookup together, so that their cache misses overlap.
// to must be at least as long as texts. AppendNames does not allocate, except to grow dst.
func (s *Snapshot) AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte {
	n := s.nameViews()
	l := n.pool.Get().(*nameLookups)
	defer n.pool.Put(l)
	clear(to[:len(texts)])
	for from := 0; from < len(texts); from += nameBatch {
		end := min(from+nameBatch, len(texts))
		for _, in := range tableOrder(objectType) {
			if v := n.viewFor(in, objectType); v != nil {
				dst = l.appendNames(dst, v, s.machines(zone), zone, texts[from:end], to[from:end])
			}
		}
	}
	return dst
}

// tableOrder returns the order in which the tables are searched for an object of this
// type: identities first for "user", otherwise assets first.
func tableOrder(objectType string) [numTables]int {
	if objectType == userType {
		return [numTables]int{identityTable, assetTable}
	}
	return [numTables]int{assetTable, identityTable}
}

// nameViews returns s.names, which it initialises on the first call.
func (s *Snapshot) nameViews() *nameViews {
	s.once.Do(func() {
		s.names.pool.New = func() any { return new(nameLookups) }
		for i, t := range s.tables() {
			if t == nil {
				continue
			}
			columns := []int{entity.KeyColumn}
			if p := t.Column("priority"); p >= 0 {
				columns = append(columns, p)
			}
			s.names.views[i] = t.View(columns, table.Fill(s.Fill))
			if i == assetTable {
				s.names.ofAUser = t.WithoutForms().View(columns, table.Fill(s.Fill))
			}
		}
	})
	return &s.names
}

// appendNames looks up, in the table of one view, those names that have no result yet.
func (l *nameLookups) appendNames(dst []byte, v *table.View, machines table.Machines, zone entity.Zone, texts []string, to []entity.Named) []byte {
	l.Reset(v)
	l.indexes = l.indexes[:0]
	z := v.Table().Zone(zone)
	for i, text := range texts {
		if to[i].Step == 0 {
			if v.Table().Kind() == entity.Identity {
				l.AddAccount(z, nil, keyOf(text), machines)
			} else {
				l.Add(z, keyOf(text))
			}
			l.indexes = append(l.indexes, i)
		}
	}
	for l.Advance() {
	}
	for i, of := range l.indexes {
		if !l.Matched()[i] {
			continue
		}
		m, r := l.Match(i), &to[of]
		r.Kind, r.Step, r.From = v.Table().Kind(), m.Step, len(dst)
		if v.Columns() > 1 {
			r.Priority = priorityOf(l.Value(i, 1))
		}
		dst = table.AppendFirst(dst, l.Value(i, 0))
		r.To = len(dst)
	}
	return dst
}

// keyOf returns the bytes of a text without surrounding white space. They must not be
// changed, because they share the memory of the string.
func keyOf(text string) []byte {
	text = fold.Trim(text)
	return unsafe.Slice(unsafe.StringData(text), len(text))
}
