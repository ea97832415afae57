package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/merge"
)

// answerWriter writes what answers keys in one of lookupForms.
type answerWriter struct {
	form   string
	w      io.Writer
	style  term.Style
	finder *finder
}

// write writes the answers to a key, or that there are none.
func (w *answerWriter) write(key string, found []*answer) error {
	if w.form == "table" {
		return w.table(key, found)
	}
	objects := make([]term.Object, len(found))
	for i, a := range found {
		objects[i] = a.object()
	}
	if len(found) == 0 {
		objects = []term.Object{{{"key", key}, {"found", false}}}
	}
	for _, o := range objects {
		write := term.WriteJSON
		if w.form == "yaml" {
			write = term.WriteYAML
		}
		if err := write(w.w, o); err != nil {
			return err
		}
	}
	return nil
}

func (a *answer) object() term.Object {
	e := a.entities
	o := term.Object{
		{"key", a.key},
		{"kind", e.Kind.String()},
		{"found", true},
		{"zone", e.Zone(a.record)},
		{"step", a.step.String()},
		{"matched", a.matched},
		{"id", e.Records[a.record].ID.String()},
		{"fields", a.fields(a.record)},
	}
	filled := term.Object{}
	for _, f := range a.filled {
		filled.Add(f.name, term.Object{{"value", f.value}, {"prefix", f.prefix.String()}})
	}
	o.Add("filled", filled)
	covering := []string{}
	for _, c := range a.covering {
		covering = append(covering, c.Prefix.String())
	}
	o.Add("covering", covering)
	o.Add("provenance", a.origins())
	o.Add("rows", append([]merge.RowOrigin{}, a.provenance.Rows(a.record)...))
	return o
}

// origins groups where the values came from by field.
func (a *answer) origins() term.Object {
	o := term.Object{}
	values := a.provenance.Values(a.record)
	for len(values) > 0 {
		n := 1
		for n < len(values) && values[n].Field == values[0].Field {
			n++
		}
		o.Add(values[0].Field, values[:n])
		values = values[n:]
	}
	return o
}

// fields are the columns of the merged lookup that are not empty: the keys, id
// and tags, then the fields, typed as in enriched events. A boolean stands
// there if a row states it.
func (k *knowledge) fields(record int) term.Object {
	e := k.entities
	kind := e.Kind.String()
	o := term.Object{{kind, k.keys(record)}, {kind + "_id", e.Records[record].ID.String()}}
	if tags := k.tagger.Tags(record); len(tags) > 0 {
		o.Add(kind+"_tag", append([]string{}, tags...))
	}
	for i := range e.Fields {
		f := &e.Fields[i]
		values := e.Values(record, i)
		if len(values) == 0 || e.Kind == entities.Identity && f.Name == "identity" {
			continue
		}
		o.Add(f.Name, typed(f, values))
	}
	return o
}

// keys returns every key that a record answers.
func (k *knowledge) keys(record int) []string {
	var keys []string
	for _, text := range k.entities.KeysOf(record) {
		keys = append(keys, text)
	}
	return keys
}

// typed gives the values of a field the type that they have in events.
func typed(f *schema.Field, values []string) any {
	switch {
	case f.Multi:
		return values
	case f.Type == schema.Boolean:
		return values[0] == "true"
	case f.Type == schema.Coordinate:
		return json.Number(values[0])
	}
	return values[0]
}

// placeOf writes where a row stands.
func placeOf(source string, line int) string {
	if source == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", source, line)
}
