package merge

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// netBIOSLength is the length to which NetBIOS cuts names.
const netBIOSLength = 15

// claim is a value of an item: the number of the item in the upper half, that of the key
// in the lower half.
type claim uint64

func newClaim(item int, key uint32) claim { return claim(item)<<32 | claim(key) }

// statement is what a row states about the machine that it describes.
type statement struct {
	row    uint32
	items  uint64  // bit set of the items that the row states
	stated []claim // ascending
	forms  []claim // ascending: the shorter forms of its names that are not stated
}

// appendNames appends the keys that are names of a row to dst.
func (f *contradictionFinder) appendNames(dst []uint32, row uint32) []uint32 {
	keys := f.keys.keysOf(int(row))
	for i := range keys {
		if isMachineName(&keys[i]) {
			dst = append(dst, keys[i].id)
		}
	}
	r := &f.list.Rows[row]
	if !f.list.Sources[r.Source].Merged {
		return dst
	}
	for _, column := range f.nameFields {
		field := &f.list.Fields[column]
		for v := range valuesOf(field, f.list.Cell(int(row), column)) {
			if class, key, ok := f.schema.classifyKey(field, v, f.ignored); ok && class == schema.NameKey {
				if id, ok := f.keys.findKey(r.Zone, class, key); ok {
					dst = append(dst, id)
				}
			}
		}
	}
	return dst
}

// isMachineName reports whether a key is a name that rows are compared by.
func isMachineName(k *rowKey) bool {
	return k.class == schema.NameKey && (k.field == entities.KeyNTHost || k.field == entities.KeyDNS)
}

// stateRow returns the statement of a row.
func (f *contradictionFinder) stateRow(row uint32) statement {
	s, from := statement{row: row}, len(f.claims)
	f.names = f.appendNames(f.names[:0], row)
	for _, name := range f.names {
		s.items |= 1
		f.claims = append(f.claims, newClaim(0, name))
	}
	for i, column := range f.customKeys {
		if f.stateCustomKey(row, i+1, column) {
			s.items |= 1 << min(i+1, 63)
		}
	}
	s.stated = f.sortedFrom(from)
	from = len(f.claims)
	for _, name := range f.names {
		f.addForms(&s, name)
	}
	s.forms = f.sortedFrom(from)
	return s
}

// sortedFrom sorts the claims from an index on, removes repeats, and returns them.
func (f *contradictionFinder) sortedFrom(from int) []claim {
	slices.Sort(f.claims[from:])
	f.claims = f.claims[:from+len(slices.Compact(f.claims[from:]))]
	return f.claims[from:len(f.claims):len(f.claims)]
}

// stateCustomKey appends the values of a custom key of a row to the claims. It reports
// whether there are any.
func (f *contradictionFinder) stateCustomKey(row uint32, item, column int) bool {
	text := f.list.Cell(int(row), column)
	if text == "" {
		return false
	}
	stated, field := false, &f.list.Fields[column]
	for v := range valuesOf(field, text) {
		class, key, ok := f.schema.classifyKey(field, v, f.ignored)
		if !ok {
			continue
		}
		if id, ok := f.keys.findKey(f.list.Rows[row].Zone, class, key); ok {
			f.claims = append(f.claims, newClaim(item, id))
			stated = true
		}
	}
	return stated
}

// addForms appends the shorter forms of a name to the claims, except those that the row
// states, too. A form that no row of the zone states as a name connects no rows and is left
// out.
func (f *contradictionFinder) addForms(s *statement, name uint32) {
	text := f.list.Texts.Text(f.keys.textOf(name))
	label, _, _ := strings.Cut(text, ".")
	for _, form := range [...]string{label, firstCharacters(label, netBIOSLength)} {
		if form == text || form == "" {
			continue
		}
		id, ok := f.keys.findKey(f.list.Rows[s.row].Zone, schema.NameKey, form)
		if !ok {
			continue
		}
		c := newClaim(0, id)
		if _, stated := slices.BinarySearch(s.stated, c); !stated {
			f.claims = append(f.claims, c)
		}
	}
}

// firstCharacters returns the first n characters of a text.
func firstCharacters(text string, n int) string {
	if len(text) <= n {
		return text
	}
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return text[:at]
}
