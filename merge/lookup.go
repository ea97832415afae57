package merge

import (
	"bytes"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
)

// The names of the files that Write writes.
const (
	AssetsByString = "asset_lookup_by_str.csv"
	AssetsByCIDR   = "asset_lookup_by_cidr.csv"
	Identities     = "identity_lookup_expanded.csv"
	ReportFile     = "merge_report.json"
	ProvenanceFile = "provenance.csv"
)

// splunkPrefix begins the names of the companion columns of Splunk's own form.
const splunkPrefix = "__mv_"

// part says which keys of its entities a merged lookup lists.
type part uint8

const (
	everyKey   part = iota
	stringKeys      // all but prefixes
	prefixKeys
)

func (p part) lists(k entity.Key) bool {
	return p == everyKey || (k.Class == entity.PrefixKey) == (p == prefixKeys)
}

// partsOf returns the merged lookups of a kind.
func partsOf(kind entity.Kind) []lookupFile {
	if kind == entity.Identity {
		return []lookupFile{{Identities, everyKey}}
	}
	return []lookupFile{{AssetsByString, stringKeys}, {AssetsByCIDR, prefixKeys}}
}

type lookupFile struct {
	name string
	part part
}

// lookup gives entities the form of a merged lookup (SPEC 3.1).
type lookup struct {
	entities *entity.Entities
	columns  []lookupColumn
	tagger   *entity.Tagger
}

// lookupColumn is one column of a merged lookup.
type lookupColumn struct {
	name    string
	multi   bool
	boolean bool
	field   int // in Entities.Fields, or one of the following
}

const (
	keysColumn = -1
	idsColumn  = -2
	tagsColumn = -3
)

func newLookup(e *entity.Entities) *lookup {
	kind := e.Kind.String()
	l := &lookup{entities: e, tagger: entity.NewTagger(e), columns: []lookupColumn{
		{name: kind, multi: true, field: keysColumn},
		{name: kind + "_id", field: idsColumn},
		{name: kind + "_tag", multi: true, field: tagsColumn},
	}}
	for i := range e.Fields {
		f := &e.Fields[i]
		if e.Kind == entity.Identity && f.Name == "identity" {
			continue // the keys stand there
		}
		l.columns = append(l.columns, lookupColumn{f.Name, f.Multi, f.Type == entity.Boolean, i})
	}
	return l
}

// order returns the records that a part lists, sorted by id.
func (l *lookup) order(p part) []uint32 {
	var records []uint32
	for record := range l.entities.Len() {
		for k := range l.entities.KeysOf(record) {
			if p.lists(k) {
				records = append(records, uint32(record))
				break
			}
		}
	}
	slices.SortFunc(records, func(a, b uint32) int {
		return bytes.Compare(l.entities.Records[a].ID[:], l.entities.Records[b].ID[:])
	})
	return records
}

// text returns one cell, several values joined by "|".
func (l *lookup) text(record int, c *lookupColumn, p part) string {
	switch c.field {
	case keysColumn:
		return l.keys(record, p)
	case idsColumn:
		return l.entities.Records[record].ID.String()
	case tagsColumn:
		return entity.JoinValues(l.tagger.Tags(record))
	}
	text := l.entities.Cell(record, c.field)
	if c.boolean && text == "" {
		return "false"
	}
	return text
}

func (l *lookup) keys(record int, p part) string {
	var buf [8]string
	keys := buf[:0]
	for k, text := range l.entities.KeysOf(record) {
		if p.lists(k) {
			keys = append(keys, text)
		}
	}
	return entity.JoinValues(keys)
}

// write writes the rows of one part.
func (l *lookup) write(w *csvio.Writer, p part, splunk bool) error {
	for i := range l.columns {
		w.Cell(l.columns[i].name)
	}
	if splunk {
		for i := range l.columns {
			if l.columns[i].multi {
				w.Cell(splunkPrefix + l.columns[i].name)
			}
		}
	}
	if err := w.EndRow(); err != nil {
		return err
	}
	for _, record := range l.order(p) {
		if splunk {
			l.splunkRow(w, int(record), p)
		} else {
			for i := range l.columns {
				w.Cell(l.text(int(record), &l.columns[i], p))
			}
		}
		if err := w.EndRow(); err != nil {
			return err
		}
	}
	return w.Flush()
}

// splunkRow writes a row as Splunk holds its own lookups: several values are
// parted by newlines and stand once more, each between dollar signs, in a
// companion column.
func (l *lookup) splunkRow(w *csvio.Writer, record int, p part) {
	var companions []string
	for i := range l.columns {
		c := &l.columns[i]
		text := l.text(record, c, p)
		if c.multi {
			companions = append(companions, dollars(text))
			text = strings.ReplaceAll(text, entity.Separator, "\n")
		}
		w.Cell(text)
	}
	for _, text := range companions {
		w.Cell(text)
	}
}

// dollars returns what the companion of a cell holds: nothing for fewer than
// two values, else $a$;$b$ with the dollar signs in them doubled.
func dollars(text string) string {
	if !strings.Contains(text, entity.Separator) {
		return ""
	}
	text = strings.ReplaceAll(text, "$", "$$")
	return "$" + strings.ReplaceAll(text, entity.Separator, "$;$") + "$"
}
