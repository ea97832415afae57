package merge

import (
	"io"
	"slices"
	"strconv"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// ValueOrigin is one value of a field and the highest-ranked row that lists it. The origin
// of an implied value is the row that lists the value that implies it. A value that comes
// from no row (a generated key, the pci_domain untrust) has neither source nor line.
type ValueOrigin struct {
	Field  string `json:"-"`
	Value  string `json:"value"`
	Source string `json:"source"` // name of the source
	Line   int    `json:"line"`   // line on which the row begins, from 1
	Kept   bool   `json:"kept"`   // false if another value was preferred or a limit hides this one
}

// RowOrigin is one row of an entity.
type RowOrigin struct {
	Source   string `json:"source"`    // name of the source
	Line     int    `json:"line"`      // line on which the row begins, from 1
	JoinedBy string `json:"joined_by"` // the key it shares with another row of the entity; "" for the first
}

// Provenance finds the rows that the values of entities came from. It stores no origins:
// each call searches the rows of the entity. It is safe for concurrent use.
type Provenance struct {
	entities *entities.Store
	columns  []int // field → column of the rows; negative if the rows have none
	category int   // index of the field; negative if there is none
	domain   int   // index of the field; negative if there is none
	email    int   // column of the rows; negative if there is none
}

// NewProvenance returns the Provenance of entities that were merged, or read from a
// snapshot.
func NewProvenance(merged *entity.Entities) *Provenance {
	e := entities.Of(merged)
	p := &Provenance{entities: e, category: -1, domain: -1, email: -1}
	for i, f := range e.Fields {
		column := -1
		if c, ok := e.List.Field(f.Name); ok {
			column = c
		}
		p.columns = append(p.columns, column)
		switch {
		case e.Kind == entities.Asset && f.Name == "category":
			p.category = i
		case e.Kind == entities.Asset && f.Name == "pci_domain":
			p.domain = i
		}
	}
	if c, ok := e.List.Field("email"); ok && e.Kind == entities.Identity {
		p.email = c
	}
	return p
}

// Rows returns the rows that a record was made of, highest-ranked first.
func (p *Provenance) Rows(record int) []RowOrigin {
	var rows []RowOrigin
	for _, row := range p.entities.Rows(record) {
		o := originOf(p.entities.List, row.Row)
		rows = append(rows, RowOrigin{o.Source, o.Line, p.entities.Texts.Text(row.JoinedBy)})
	}
	return rows
}

// Values returns every distinct value in the rows of a record, field by field, in rank
// order. The values that merging added follow those of their field.
func (p *Provenance) Values(record int) []ValueOrigin {
	var all []ValueOrigin
	for field := range p.entities.Fields {
		f := &p.entities.Fields[field]
		if p.entities.Kind == entities.Identity && f.Name == "identity" {
			all = p.appendKeys(all, record, field)
		} else {
			all = p.appendValues(all, record, field)
		}
	}
	return all
}

func (p *Provenance) appendValues(dst []ValueOrigin, record, field int) []ValueOrigin {
	f := &p.entities.Fields[field]
	shown := schema.ValueSet{Exact: f.Exact}
	for _, v := range p.entities.Values(record, field) {
		shown.Add(v)
	}
	listed := schema.ValueSet{Exact: f.Exact}
	for _, row := range p.entities.Rows(record) {
		text := p.rowCell(row, p.columns[field])
		if text == "" {
			continue
		}
		for v := range valuesOf(f, text) {
			if listed.Add(v) {
				dst = append(dst, p.valueOrigin(row, f.Name, v, shown.Has(v)))
			}
		}
	}
	for _, v := range shown.Values {
		if !listed.Has(v) {
			dst = append(dst, p.impliedOrigin(record, f.Name, v))
		}
	}
	return dst
}

func (p *Provenance) rowCell(row entities.JoinedRow, column int) string {
	if column < 0 {
		return ""
	}
	return p.entities.List.Cell(int(row.Row), column)
}

func (p *Provenance) valueOrigin(row entities.JoinedRow, field, value string, kept bool) ValueOrigin {
	o := originOf(p.entities.List, row.Row)
	return ValueOrigin{Field: field, Value: value, Source: o.Source, Line: o.Line, Kept: kept}
}

// impliedOrigin returns the origin of a value that merging added to categories or PCI
// domains: the highest-ranked row that implies it.
func (p *Provenance) impliedOrigin(record int, field, value string) ValueOrigin {
	for _, row := range p.entities.Rows(record) {
		if p.impliesValue(row, field, value) {
			return p.valueOrigin(row, field, value, true)
		}
	}
	return ValueOrigin{Field: field, Value: value, Kept: true}
}

// impliesValue reports whether the categories and domains of a row imply a value of a
// field.
func (p *Provenance) impliesValue(row entities.JoinedRow, field, value string) bool {
	categories, domains := schema.ImplyPCI(p.valuesIn(row, p.category), p.valuesIn(row, p.domain))
	switch field {
	case "category":
		return slices.Contains(categories, value)
	case "pci_domain": // untrust is a default, not implied
		return value != schema.Untrust && slices.Contains(domains, value)
	}
	return false
}

// valuesIn returns the values of a row in a field, and none for a negative field.
func (p *Provenance) valuesIn(row entities.JoinedRow, field int) []string {
	if field < 0 {
		return nil
	}
	return schema.SplitValues(p.rowCell(row, p.columns[field]))
}

// appendKeys appends the origins of the values of the identity column: the keys of the
// record, and values that are not its keys because a higher-ranked identity owns them or
// because they are placeholders.
func (p *Provenance) appendKeys(dst []ValueOrigin, record, field int) []ValueOrigin {
	f := &p.entities.Fields[field]
	shown, listed := schema.ValueSet{Exact: f.Exact}, schema.ValueSet{Exact: f.Exact}
	for _, text := range p.entities.KeysOf(record) {
		shown.Add(text)
	}
	add := func(row entities.JoinedRow, v string) {
		if listed.Add(v) {
			dst = append(dst, p.valueOrigin(row, f.Name, v, shown.Has(v)))
		}
	}
	for _, row := range p.entities.Rows(record) {
		for _, text := range []string{p.entities.Texts.Text(p.entities.List.Rows[row.Row].Keys), p.rowCell(row, p.columns[field])} {
			for v := range valuesOf(f, text) {
				add(row, v)
			}
		}
		if email := p.rowCell(row, p.email); shown.Has(email) {
			add(row, email)
		}
	}
	for _, v := range shown.Values {
		if !listed.Has(v) {
			dst = append(dst, ValueOrigin{Field: f.Name, Value: v, Kept: true})
		}
	}
	return dst
}

// WriteProvenance writes the origin of every value of the results as CSV, sorted by kind
// and id.
func WriteProvenance(w io.Writer, results ...*Result) error {
	results, err := byKind(results)
	if err != nil {
		return err
	}
	out := csvio.NewWriter(w)
	if err := out.Row("kind", "id", "field", "value", "source", "line", "kept", "key"); err != nil {
		return err
	}
	for _, r := range results {
		kind := r.Entities.Kind().String()
		p := NewProvenance(r.Entities)
		for _, record := range newLookup(p.entities).recordsByID(everyKey) {
			id, key := p.entities.Records[record].ID.String(), p.entities.CanonicalKey(int(record))
			for _, v := range p.Values(int(record)) {
				if err := out.Row(kind, id, v.Field, v.Value, v.Source, lineText(v.Line), strconv.FormatBool(v.Kept), key); err != nil {
					return err
				}
			}
		}
	}
	return out.Flush()
}

// lineText returns a line number as text, and "" for 0, which means that there is no row.
func lineText(line int) string {
	if line == 0 {
		return ""
	}
	return strconv.Itoa(line)
}
