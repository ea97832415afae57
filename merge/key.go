package merge

import (
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// key says which key a canonical value of a key field is, or false if it names
// nobody. The text is what compares equal.
func (s *schema) key(f *entity.Field, v string, ignored *entity.Ignored) (entity.KeyClass, string, bool) {
	if v == "" {
		return 0, "", false
	}
	if s.kind == entity.Identity {
		if ignored.Text(v) {
			return 0, "", false
		}
		return entity.NameKey, s.compare(v), true
	}
	class, key := assets.Classify(f.Type, v)
	return class, key, !ignored.Value(key) && !ignored.Text(v)
}

// compare returns the form in which names compare.
func (s *schema) compare(name string) string {
	if s.options.CaseSensitive {
		return name
	}
	return entity.Fold(name)
}

// keyField says to which group of key fields a field belongs.
func (s *schema) keyField(f *entity.Field) entity.KeyField {
	switch f.Name {
	case "ip":
		return entity.KeyIP
	case "mac":
		return entity.KeyMAC
	case "nt_host", "identity":
		return entity.KeyNTHost
	case "dns", "email":
		return entity.KeyDNS
	}
	return entity.KeyCustom
}

// stated is one key that a row states.
type stated struct {
	id     uint32 // in keyIndex
	field  entity.KeyField
	class  entity.KeyClass
	ranged bool
	text   entity.TextID // as spelled
}

// keyIndex numbers the keys of all zones and knows which rows carry each.
type keyIndex struct {
	ids   *entity.Interner
	text  []byte // scratch
	of    []stated
	spans []entity.Span // per row, into of

	carriers []uint32      // rows, by key
	rows     []entity.Span // per key, into carriers: ascending, so best-ranked first
}

// number returns the number of a key in a zone.
func (x *keyIndex) number(zone entity.TextID, class entity.KeyClass, key string) uint32 {
	return uint32(x.ids.InternBytes(x.encode(zone, class, key)))
}

// find returns the number of a key in a zone, or false if no row states it.
func (x *keyIndex) find(zone entity.TextID, class entity.KeyClass, key string) (uint32, bool) {
	id, ok := x.ids.Find(string(x.encode(zone, class, key)))
	return uint32(id), ok
}

func (x *keyIndex) encode(zone entity.TextID, class entity.KeyClass, key string) []byte {
	b := append(x.text[:0], byte(class), byte(zone), byte(zone>>8), byte(zone>>16), byte(zone>>24))
	x.text = append(b, key...)
	return x.text
}

// rowIDClass marks the pseudo key that joins the rows of one merged entity.
const rowIDClass = entity.KeyClass(0xff)

// newKeyIndex collects the keys of every row that stands for itself.
func newKeyIndex(s *schema, l *entity.List, ignored *entity.Ignored, standsFor []uint32) *keyIndex {
	x := &keyIndex{ids: entity.NewInterner()}
	var keyFields []int
	for _, group := range []entity.KeyField{entity.KeyIP, entity.KeyMAC, entity.KeyNTHost, entity.KeyDNS, entity.KeyCustom} {
		for i := range l.Fields {
			if f := &l.Fields[i]; f.Key && s.keyField(f) == group {
				keyFields = append(keyFields, i)
			}
		}
	}
	for row := range l.Rows {
		from := uint32(len(x.of))
		switch {
		case standsFor[row] != uint32(row):
		case l.Sources[l.Rows[row].Source].Merged:
			x.addMerged(s, l, row, keyFields, ignored)
		default:
			x.addRow(s, l, row, keyFields, ignored)
		}
		x.spans = append(x.spans, entity.Span{From: from, To: uint32(len(x.of))})
	}
	x.invert(len(l.Rows))
	return x
}

func (x *keyIndex) addRow(s *schema, l *entity.List, row int, keyFields []int, ignored *entity.Ignored) {
	zone := l.Rows[row].Zone
	cells := l.Cells(row)
	for _, i := range keyFields {
		if i >= len(cells) || cells[i] == 0 || !s.states(&l.Fields[i]) {
			continue
		}
		f := &l.Fields[i]
		text := l.Texts.Text(cells[i])
		several := f.Multi && strings.Contains(text, entity.Separator)
		for v := range strings.SplitSeq(text, separatorOf(f)) {
			class, key, ok := s.key(f, v, ignored)
			if !ok {
				continue
			}
			spelled := cells[i]
			if several {
				spelled = l.Texts.Intern(v)
			}
			ranged := f.Type == entity.IP && l.Ranged(row, v)
			x.add(stated{x.number(zone, class, key), s.keyField(f), class, ranged, spelled}, x.current())
		}
	}
}

// separatorOf returns what parts the values of a field's cells; a single-value
// cell is never parted.
func separatorOf(f *entity.Field) string {
	if f.Multi {
		return entity.Separator
	}
	return "\x00"
}

func (x *keyIndex) current() int {
	if n := len(x.spans); n > 0 {
		return int(x.spans[n-1].To)
	}
	return 0
}

// add adds a key to the row whose keys begin at from, once per field.
func (x *keyIndex) add(k stated, from int) {
	for i := from; i < len(x.of); i++ {
		if have := &x.of[i]; have.id == k.id && have.field == k.field {
			have.ranged = have.ranged && k.ranged
			return
		}
	}
	x.of = append(x.of, k)
}

// states reports whether the values of a key field are keys: for identities
// that is configured.
func (s *schema) states(f *entity.Field) bool {
	if s.kind != entity.Identity || s.options.Keys == nil || f.Custom {
		return true
	}
	return slices.Contains(s.options.Keys, f.Name)
}

// addMerged adds the keys of a row of a merged lookup: those that its asset or
// identity column lists, each in the group of the field that shows it. A key
// that no field shows was cut by a limit and stands behind the shown ones of
// its group.
func (x *keyIndex) addMerged(s *schema, l *entity.List, row int, keyFields []int, ignored *entity.Ignored) {
	r := l.Rows[row]
	if r.ID != 0 {
		x.add(stated{id: x.number(r.Zone, rowIDClass, l.Texts.Text(r.ID)), class: rowIDClass}, x.current())
	}
	shown := x.shownKeys(s, l, row, keyFields, ignored)
	group := entity.KeyIP
	for v := range strings.SplitSeq(l.Texts.Text(r.Keys), entity.Separator) {
		class, key := s.mergedKey(v)
		if ignored.Value(key) || ignored.Text(v) {
			continue
		}
		id := x.number(r.Zone, class, key)
		fields := shown[id]
		for g := group; g <= entity.KeyCustom; g++ {
			if fields&g.Bit() != 0 {
				group = g
				break
			}
		}
		text := l.Texts.Intern(v)
		x.add(stated{id, group, class, false, text}, x.current())
		for g := entity.KeyIP; g <= entity.KeyCustom; g++ {
			if fields&g.Bit() != 0 {
				x.add(stated{id, g, class, false, text}, x.current())
			}
		}
	}
}

// shownKeys says which groups of key fields of a row show each key.
func (x *keyIndex) shownKeys(s *schema, l *entity.List, row int, keyFields []int, ignored *entity.Ignored) map[uint32]uint8 {
	shown := make(map[uint32]uint8)
	cells := l.Cells(row)
	for _, i := range keyFields {
		if i >= len(cells) || cells[i] == 0 {
			continue
		}
		f := &l.Fields[i]
		for v := range strings.SplitSeq(l.Texts.Text(cells[i]), separatorOf(f)) {
			if class, key, ok := s.key(f, v, ignored); ok {
				shown[x.number(l.Rows[row].Zone, class, key)] |= s.keyField(f).Bit()
			}
		}
	}
	return shown
}

// mergedKey recognises a key of a merged lookup by its shape.
func (s *schema) mergedKey(v string) (entity.KeyClass, string) {
	if s.kind == entity.Identity {
		return entity.NameKey, s.compare(v)
	}
	return assets.MergedShape(v)
}

// invert fills carriers: for every key the rows that carry it.
func (x *keyIndex) invert(rows int) {
	counts := make([]uint32, x.ids.Len()+1)
	last := make([]uint32, x.ids.Len()) // row+1 that was counted last
	each := func(visit func(row int, id uint32)) {
		clear(last)
		for row := range rows {
			for _, k := range x.keysOf(row) {
				if last[k.id] != uint32(row)+1 {
					last[k.id] = uint32(row) + 1
					visit(row, k.id)
				}
			}
		}
	}
	each(func(_ int, id uint32) { counts[id]++ })
	x.rows = make([]entity.Span, x.ids.Len())
	at := uint32(0)
	for id := range x.rows {
		x.rows[id] = entity.Span{From: at, To: at}
		at += counts[id]
	}
	x.carriers = make([]uint32, at)
	each(func(row int, id uint32) {
		x.carriers[x.rows[id].To] = uint32(row)
		x.rows[id].To++
	})
}

// keysOf returns the keys that a row states.
func (x *keyIndex) keysOf(row int) []stated {
	return x.of[x.spans[row].From:x.spans[row].To]
}

// rowsWith returns the rows that carry a key, best-ranked first.
func (x *keyIndex) rowsWith(id uint32) []uint32 {
	return x.carriers[x.rows[id].From:x.rows[id].To]
}

// statedBy reports whether the row states the key itself, not as what a range
// left over.
func (x *keyIndex) statedBy(row, id uint32) bool {
	for _, k := range x.keysOf(int(row)) {
		if k.id == id && !k.ranged {
			return true
		}
	}
	return false
}
