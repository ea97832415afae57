package table

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// columnsOf returns the columns of the entities' records.
func columnsOf(e *entities.Store) []entity.Column {
	kind := e.Kind.String()
	columns := []entity.Column{
		{Name: kind, Multi: e.Kind == entities.Identity},
		{Name: kind + "_id"},
		{Name: kind + "_tag", Multi: true},
	}
	for _, i := range shownFields(e) {
		f := &e.Fields[i]
		columns = append(columns, entity.Column{
			Name: f.Name, Multi: f.Multi, Boolean: f.Type == schema.Boolean,
			Fillable: e.Kind == entities.Asset && !f.Key && f.Type != schema.Boolean,
		})
	}
	return columns
}

// shownFields are the fields that enrichment writes: all but the zone, and but
// the identity field, which the key column shows.
func shownFields(e *entities.Store) []int {
	var fields []int
	for i := range e.Fields {
		f := &e.Fields[i]
		if f.Type == schema.ZoneName || e.Kind == entities.Identity && f.Name == "identity" {
			continue
		}
		fields = append(fields, i)
	}
	return fields
}

// recordsOf builds the records of the entities, numbered alike.
func recordsOf(e *entities.Store) (*store, error) {
	w := newWriter(e)
	for from := 0; from < e.Len(); from += ahead {
		to := min(from+ahead, e.Len())
		w.read(from, to)
		for record := from; record < to; record++ {
			w.record(record, record-from)
		}
	}
	return w.b.Build()
}
