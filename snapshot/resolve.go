package snapshot

import (
	"sync"
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/table"
)

// lookupKey looks up a key in one table after the other.
func (s *Snapshot) lookupKey(zone entity.Zone, text, objectType string) (*table.Table, table.Match) {
	all := s.tables()
	for _, in := range tableOrder(objectType) {
		if t := all[in]; t != nil {
			if m, found := t.Lookup(t.Zone(zone), fold.Trim(text)); found {
				return t, m
			}
		}
	}
	return nil, table.Match{}
}

// Resolve looks up one key for callers that keep the result, as risk does. Users
// are looked up among the identities first, everything else among the assets
// first. Empty fields are filled from covering prefixes.
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

// nameViews looks up the names of a Snapshot for AppendNames.
type nameViews struct {
	views [numTables]*table.View // the key and, if there is one, the priority; nil without a table
	pool  sync.Pool              // of *nameLookups
}

// nameLookups is the memory of one call of AppendNames.
type nameLookups struct {
	table.Lookups
	indexes []int // which name each lookup is for
}

// nameBatch is how many names are looked up together.
const nameBatch = 64

// AppendNames looks up names as Resolve looks up one, but reads no more of the
// entities than risk needs of most: it appends their canonical keys to dst and sets
// to[i] for texts[i], with the priority after filling, or [entity.Unset]. Where there
// is no entity, to[i] is the zero Named. Each stage of the lookups is taken for many
// names, so that their memory reads overlap. to must be at least as long as texts.
// AppendNames does not allocate but for dst.
func (s *Snapshot) AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte {
	n := s.nameViews()
	l := n.pool.Get().(*nameLookups)
	defer n.pool.Put(l)
	clear(to[:len(texts)])
	for from := 0; from < len(texts); from += nameBatch {
		end := min(from+nameBatch, len(texts))
		for _, in := range tableOrder(objectType) {
			if v := n.views[in]; v != nil {
				dst = l.appendNames(dst, v, zone, texts[from:end], to[from:end])
			}
		}
	}
	return dst
}

// tableOrder returns the tables in which a name of that type is looked up:
// identities first for users, else assets first.
func tableOrder(objectType string) [numTables]int {
	if objectType == "user" {
		return [numTables]int{identityTable, assetTable}
	}
	return [numTables]int{assetTable, identityTable}
}

// nameViews returns what AppendNames uses, which is made on its first call.
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
		}
	})
	return &s.names
}

// appendNames looks up the names that have no result yet in one table.
func (l *nameLookups) appendNames(dst []byte, v *table.View, zone entity.Zone, texts []string, to []entity.Named) []byte {
	l.Reset(v)
	l.indexes = l.indexes[:0]
	z := v.Table().Zone(zone)
	for i, text := range texts {
		if to[i].Step == 0 {
			l.Add(z, keyOf(text))
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

// keyOf returns the bytes of a text without white space around it. They must not be
// changed.
func keyOf(text string) []byte {
	text = fold.Trim(text)
	return unsafe.Slice(unsafe.StringData(text), len(text))
}
