package entities

import (
	"encoding/binary"

	"github.com/kithsec/kith/internal/schema"
)

// flagTags lists the boolean asset fields that become tags, in the order of the tags, and
// the tag for each.
var flagTags = []struct{ field, tag string }{
	{"should_timesync", "should_timesync"},
	{"should_update", "should_update"},
	{"requires_av", "requires_av"},
	{"is_expected", "expected"},
}

// Tagger derives asset_tag and identity_tag from the shown values of entities. The tags of
// an asset are those of its true booleans, followed by the values of category, bunit and
// custom fields with Tag. The tags of an identity are the values of category, "watchlist"
// if that field is true, and the values of bunit and custom fields with Tag. Repeated tags
// are dropped.
type Tagger struct {
	entities *Store
	flags    []flagTag // their tags come before those of category for assets, and after for identities
	category int       // index of the field; negative if there is none
	bunit    int       // index of the field; negative if there is none
	custom   []int     // fields with Tag
	set      schema.ValueSet
}

// flagTag is the tag of a boolean field.
type flagTag struct {
	field int
	tag   string
}

// NewTagger returns a Tagger for e. It is not safe for concurrent use.
func NewTagger(e *Store) *Tagger {
	t := &Tagger{entities: e, category: -1, bunit: -1}
	if i, ok := e.Field("category"); ok {
		t.category = i
	}
	if i, ok := e.Field("bunit"); ok {
		t.bunit = i
	}
	names := flagTags
	if e.Kind == Identity {
		names = []struct{ field, tag string }{{"watchlist", "watchlist"}}
	}
	for _, n := range names {
		if i, ok := e.Field(n.field); ok {
			t.flags = append(t.flags, flagTag{i, n.tag})
		}
	}
	for i, f := range e.Fields {
		if f.Tag && i != t.category && i != t.bunit {
			t.custom = append(t.custom, i)
		}
	}
	return t
}

// Tags returns the tags of a record. The slice is valid until the next call.
func (t *Tagger) Tags(record int) []string {
	t.set.Reset()
	if t.entities.Kind == Asset {
		t.addFlags(record)
		t.addField(record, t.category)
	} else {
		t.addField(record, t.category)
		t.addFlags(record)
	}
	t.addField(record, t.bunit)
	for _, field := range t.custom {
		t.addField(record, field)
	}
	return t.set.Values
}

// AppendKey appends a key for caching the tags of a record: records with equal keys have
// equal tags.
func (t *Tagger) AppendKey(dst []byte, record int) []byte {
	cells := t.entities.Cells(record)
	add := func(field int) {
		if field >= 0 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(cells[field]))
		}
	}
	for _, f := range t.flags {
		add(f.field)
	}
	add(t.category)
	add(t.bunit)
	for _, field := range t.custom {
		add(field)
	}
	return dst
}

func (t *Tagger) addFlags(record int) {
	for _, f := range t.flags {
		if t.entities.Cell(record, f.field) == "true" {
			t.set.Add(f.tag)
		}
	}
}

func (t *Tagger) addField(record, field int) {
	if field < 0 {
		return
	}
	for _, v := range t.entities.Values(record, field) {
		t.set.Add(v)
	}
}
