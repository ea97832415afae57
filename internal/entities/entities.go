// Package entities stores the rows of lists and the entities that they are merged into.
// Each distinct text is stored once and numbered, and a cell is the number of its text.
// Millions of records therefore take little memory and contain no pointers.
//
// Package merge fills a Store, and entity.Entities wraps it.
package entities

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"runtime"
	"sync"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/schema"
)

// Kind distinguishes assets from identities.
type Kind uint8

// The kinds of entity. The zero Kind is neither.
const (
	Asset Kind = iota + 1
	Identity
)

// String returns "asset" or "identity", the words that every format uses.
func (k Kind) String() string {
	switch k {
	case Asset:
		return "asset"
	case Identity:
		return "identity"
	}
	return "unknown"
}

// ID is the first half of the SHA-256 of an entity's kind, zone and canonical
// key: asset_id or identity_id.
type ID [16]byte

// NewID returns the id of the entity with that canonical key, which is
// lower-cased unless keys are case-sensitive.
func NewID(kind Kind, zone, key string, caseSensitive bool) ID {
	if !caseSensitive {
		key = fold.Lower(key)
	}
	text := make([]byte, 0, 128)
	for _, part := range []string{kind.String(), zone, key} {
		text = append(append(text, part...), 0)
	}
	sum := sha256.Sum256(text)
	return ID(sum[:16])
}

// ParseID parses the 32 hexadecimal digits that String returns. It returns false if s is
// not an id.
func ParseID(s string) (id ID, ok bool) {
	if len(s) != 2*len(id) {
		return ID{}, false
	}
	_, err := hex.Decode(id[:], []byte(s))
	return id, err == nil
}

// String returns 32 lower-case hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Record is one entity of a Store.
type Record struct {
	ID        ID
	Zone      TextID
	Canonical TextID // the canonical key, as spelled
	Keys      Span   // into Store.Keys
	Rows      Span   // into Store.RowsOf: the rows it was made of, highest-ranked first
}

// Span is a half-open range of indexes.
type Span struct{ From, To uint32 }

// Len returns the number of indexes.
func (s Span) Len() int { return int(s.To - s.From) }

// Key is one key that resolves to an entity.
type Key struct {
	Class  schema.KeyClass
	Fields uint8  // bit set of the groups of key fields that list it: see KeyField.Bit
	Text   TextID // as spelled by the first row that lists it
}

// KeyField is the number of a group of key fields. Keys are listed in the order of these
// groups.
type KeyField uint8

// The groups of key fields. Identities use KeyNTHost for identity values,
// KeyDNS for e-mails and KeyCustom for generated keys.
const (
	KeyIP KeyField = iota
	KeyMAC
	KeyNTHost
	KeyDNS
	KeyCustom
)

// Bit returns the field's bit in Key.Fields.
func (f KeyField) Bit() uint8 { return 1 << f }

// Store holds the result of merging: one record per entity, every key that resolves
// to it, and the rows it was made of. It is filled by one goroutine and then only
// read. Package merge numbers assets that have addresses by zone and first address,
// and all others, after them, by their highest-ranked rows.
type Store struct {
	Kind          Kind
	Fields        []schema.Field // without those whose policy is Exclude
	Texts         *Interner      // shared with List
	Records       []Record
	Keys          []Key       // grouped by record
	RowsOf        []JoinedRow // grouped by record
	CaseSensitive bool        // whether keys that differ only in case are different keys
	List          *List       // the rows; nil if provenance was dropped

	cells []TextID // len(Records) × len(Fields)
}

// JoinedRow is one row of an entity, with the key that joined it.
type JoinedRow struct {
	Row      uint32 // in the List
	JoinedBy TextID // the key it shares with another row of the entity; 0 for the first
}

// Reserve makes room for the given number of further records. Fields must be set before.
func (e *Store) Reserve(records int) {
	e.Records = hugepage.Grow(e.Records, records)
	e.cells = hugepage.Grow(e.cells, records*len(e.Fields))
}

// Append adds a record with one cell per field. The cells are copied.
func (e *Store) Append(r Record, cells []TextID) {
	e.Records = append(e.Records, r)
	e.cells = append(e.cells, cells...)
}

// Reorder renumbers the records: record order[i] becomes record i. The slice order must
// contain each record once. Reorder uses all cores.
func (e *Store) Reorder(order []uint32) {
	n, parts := len(e.Fields), runtime.GOMAXPROCS(0)
	records, cells := hugepage.Scratch[Record](len(order)), hugepage.Scratch[TextID](len(e.cells))
	var all sync.WaitGroup
	for part := range parts {
		all.Go(func() {
			for i := part * len(order) / parts; i < (part+1)*len(order)/parts; i++ {
				old := int(order[i])
				records[i] = e.Records[old]
				copy(cells[i*n:i*n+n], e.cells[old*n:old*n+n])
			}
		})
	}
	all.Wait()
	e.Records, e.cells = records, cells
}

// Len returns the number of entities.
func (e *Store) Len() int { return len(e.Records) }

// Cells returns the merged cells of a record, one per field. The slice shares the memory
// of the Store and must not be changed.
func (e *Store) Cells(record int) []TextID {
	n := len(e.Fields)
	return e.cells[record*n : record*n+n : record*n+n]
}

// Cell returns the text of one merged cell.
func (e *Store) Cell(record, field int) string { return e.Texts.Text(e.Cells(record)[field]) }

// Values returns the values of one merged cell, or nil if it is empty.
func (e *Store) Values(record, field int) []string {
	text := e.Cell(record, field)
	switch {
	case text == "":
		return nil
	case e.Fields[field].Multi:
		return schema.SplitCanonical(text)
	}
	return []string{text}
}

// Zone returns the zone of a record.
func (e *Store) Zone(record int) string { return e.Texts.Text(e.Records[record].Zone) }

// CanonicalKey returns the canonical key of a record, as it is spelled.
func (e *Store) CanonicalKey(record int) string {
	return e.Texts.Text(e.Records[record].Canonical)
}

// KeysOf yields the keys that resolve to a record and their spelling, in the order in
// which merged lookups list them.
func (e *Store) KeysOf(record int) iter.Seq2[Key, string] {
	return func(yield func(Key, string) bool) {
		span := e.Records[record].Keys
		for _, k := range e.Keys[span.From:span.To] {
			if !yield(k, e.Texts.Text(k.Text)) {
				return
			}
		}
	}
}

// Rows returns the rows that a record was made of, highest-ranked first.
func (e *Store) Rows(record int) []JoinedRow {
	span := e.Records[record].Rows
	return e.RowsOf[span.From:span.To]
}

// Field returns the index of the named field, or false if there is none.
func (e *Store) Field(name string) (int, bool) {
	for i := range e.Fields {
		if e.Fields[i].Name == name {
			return i, true
		}
	}
	return 0, false
}

// Of returns the Store that an entity.Entities wraps.
func Of(e interface{ Internal() any }) *Store { return e.Internal().(*Store) }
