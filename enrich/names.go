package enrich

import (
	"sync"
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/table"
)

// namer looks up the names of a Snapshot for AppendNames.
type namer struct {
	views [tables]*table.View // the key and, if there is one, the priority; nil without a table
	pool  sync.Pool           // of *nameLookups
}

// nameLookups is the memory of one call of AppendNames.
type nameLookups struct {
	table.Lookups
	asked []int // which name each lookup is for
}

// namesAtOnce is how many names are looked up together.
const namesAtOnce = 64

// AppendNames looks up many names as AppendName looks up one, and sets to[i] to
// the result for texts[i]; to must be at least as long as texts. On tables that
// do not fit in the processor's caches it is faster: each stage is taken for all
// names, so that the reads of distant memory overlap. It does not allocate but
// for dst.
func (s *Snapshot) AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte {
	n := s.namer()
	l := n.pool.Get().(*nameLookups)
	defer n.pool.Put(l)
	clear(to[:len(texts)])
	for from := 0; from < len(texts); from += namesAtOnce {
		end := min(from+namesAtOnce, len(texts))
		for _, in := range tableOrder(objectType) {
			if v := n.views[in]; v != nil {
				dst = l.append(dst, v, zone, texts[from:end], to[from:end])
			}
		}
	}
	return dst
}

// tableOrder returns the tables in which a name of that type is looked up:
// identities first for users, else assets first.
func tableOrder(objectType string) [tables]tableIndex {
	if objectType == "user" {
		return [tables]tableIndex{identityTable, assetTable}
	}
	return [tables]tableIndex{assetTable, identityTable}
}

// namer returns what AppendNames uses, which is made on its first call.
func (s *Snapshot) namer() *namer {
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

// append looks up the names that have no result yet in one table.
func (l *nameLookups) append(dst []byte, v *table.View, zone entity.Zone, texts []string, to []entity.Named) []byte {
	l.Reset(v)
	l.asked = l.asked[:0]
	z := v.Table().Zone(zone)
	for i, text := range texts {
		if to[i].Step == 0 {
			l.Add(z, keyOf(text))
			l.asked = append(l.asked, i)
		}
	}
	for l.Advance() {
	}
	for i, of := range l.asked {
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

// keyOf returns the bytes of a text, trimmed. They must not be changed.
func keyOf(text string) []byte {
	text = fold.Trim(text)
	return unsafe.Slice(unsafe.StringData(text), len(text))
}
