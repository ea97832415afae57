package records

import (
	"encoding/hex"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/jsonedit"
)

// ColumnsOf returns the columns of the entities' records.
func ColumnsOf(e *entity.Entities) []entity.Column {
	kind := e.Kind.String()
	columns := []entity.Column{
		{Name: kind, Multi: e.Kind == entity.Identity},
		{Name: kind + "_id"},
		{Name: kind + "_tag", Multi: true},
	}
	for _, i := range shownFields(e) {
		f := &e.Fields[i]
		columns = append(columns, entity.Column{
			Name: f.Name, Type: f.Type, Multi: f.Multi,
			Fillable: e.Kind == entity.Asset && !f.Key && f.Type != entity.Boolean,
		})
	}
	return columns
}

// shownFields are the fields that enrichment writes: all but the zone, and but
// the identity field, which the key column shows.
func shownFields(e *entity.Entities) []int {
	var fields []int
	for i := range e.Fields {
		f := &e.Fields[i]
		if f.Type == entity.ZoneName || e.Kind == entity.Identity && f.Name == "identity" {
			continue
		}
		fields = append(fields, i)
	}
	return fields
}

// FromEntities builds the records of the entities, numbered alike.
func FromEntities(e *entity.Entities) (*Store, error) {
	columns := ColumnsOf(e)
	w := &writer{
		entities: e,
		b:        NewBuilder(len(columns), e.Len()),
		tagger:   entity.NewTagger(e),
		lists:    make(map[string]uint32),
	}
	fields := shownFields(e)
	row := make([]uint32, len(columns))
	for record := range e.Len() {
		w.b.AddID(e.Records[record].ID)
		row[entity.KeyColumn] = w.keys(record)
		row[entity.IDColumn] = 0
		row[entity.TagColumn] = w.tags(record)
		for i, field := range fields {
			row[entity.FieldColumn+i] = w.field(record, field)
		}
		w.b.Append(row)
	}
	return w.b.Build()
}

// writer turns cells into JSON, each distinct one once.
type writer struct {
	entities *entity.Entities
	b        *Builder
	tagger   *entity.Tagger
	known    [4][]uint32       // form → text → offset
	lists    map[string]uint32 // tags by their cells, and by their JSON
	json     []byte
	list1    []string
}

// The forms in which a cell is written.
const (
	asString = iota
	asArray
	asAddresses // an array without prefixes, MAC ranges and "*." names
	asLiteral   // a boolean or a number
)

func form(f *entity.Field) int {
	switch {
	case f.Type == entity.Boolean || f.Type == entity.Coordinate:
		return asLiteral
	case f.Type == entity.IP || f.Type == entity.MAC || f.Type == entity.Domain:
		return asAddresses
	case f.Multi:
		return asArray
	}
	return asString
}

func (w *writer) keys(record int) uint32 {
	if w.entities.Kind == entity.Asset {
		return w.cell(asString, w.entities.Records[record].Canonical)
	}
	w.list1 = w.list1[:0]
	for _, text := range w.entities.KeysOf(record) {
		w.list1 = append(w.list1, text)
	}
	return w.b.Add(w.array(w.list1))
}

func (w *writer) field(record, field int) uint32 {
	return w.cell(form(&w.entities.Fields[field]), w.entities.Cells(record)[field])
}

func (w *writer) cell(form int, id entity.TextID) uint32 {
	if id == 0 {
		return 0
	}
	if w.known[form] == nil {
		w.known[form] = make([]uint32, w.entities.Texts.Len())
	}
	known := &w.known[form][id]
	if *known == 0 {
		*known = w.b.Add(w.write(form, w.entities.Texts.Text(id)))
	}
	return *known
}

func (w *writer) write(form int, text string) []byte {
	switch form {
	case asArray, asAddresses:
		w.list1 = w.list1[:0]
		for v := range strings.SplitSeq(text, entity.Separator) {
			if form == asArray || single(v) {
				w.list1 = append(w.list1, v)
			}
		}
		return w.array(w.list1)
	case asLiteral:
		if text == "false" { // as blank
			return nil
		}
		return append(w.json[:0], text...)
	}
	w.json = jsonedit.AppendString(w.json[:0], text)
	return w.json
}

// single reports whether the value names one address, MAC or name.
func single(v string) bool {
	return !strings.HasPrefix(v, "*.") && !strings.Contains(v, "/") && !(strings.Contains(v, "-") && strings.Count(v, ":") >= 10)
}

// tags returns the offset of a record's tags, which many records share.
func (w *writer) tags(record int) uint32 {
	w.json = w.tagger.AppendKey(w.json[:0], record)
	if offset, ok := w.lists[string(w.json)]; ok {
		return offset
	}
	key := string(w.json)
	json := w.array(w.tagger.Tags(record))
	offset, ok := w.lists[string(json)]
	if !ok {
		offset = w.b.Add(json)
		w.lists[string(json)] = offset
	}
	w.lists[key] = offset
	return offset
}

// array returns the JSON array of the values, nil if there are none.
func (w *writer) array(values []string) []byte {
	w.json = w.json[:0]
	if len(values) == 0 {
		return nil
	}
	for i, v := range values {
		w.json = append(w.json, "[,"[min(i, 1)])
		w.json = jsonedit.AppendString(w.json, v)
	}
	w.json = append(w.json, ']')
	return w.json
}

// AppendID appends a record's id as a JSON string.
func (s *Store) AppendID(dst []byte, record uint32) []byte {
	dst = append(dst, '"')
	dst = hex.AppendEncode(dst, s.ids[16*record:16*record+16])
	return append(dst, '"')
}
