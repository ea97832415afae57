package merge

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// The names of the files that Write writes.
const (
	AssetsByString     = "asset_lookup_by_str.csv"
	AssetsByCIDR       = "asset_lookup_by_cidr.csv"
	IdentitiesExpanded = "identity_lookup_expanded.csv"
	ReportFile         = "merge_report.json"
	ProvenanceFile     = "provenance.csv"
)

// splunkPrefix begins the names of the companion columns of Splunk's own form.
const splunkPrefix = "__mv_"

// keySubset selects the keys of its entities that a merged lookup lists.
type keySubset uint8

const (
	everyKey   keySubset = iota
	stringKeys           // all but prefixes
	prefixKeys
)

func (p keySubset) includes(k entities.Key) bool {
	return p == everyKey || (k.Class == schema.PrefixKey) == (p == prefixKeys)
}

// lookupFilesOf returns the merged lookups of a kind.
func lookupFilesOf(kind entity.Kind) []lookupFile {
	if kind == entity.Identity {
		return []lookupFile{{IdentitiesExpanded, everyKey}}
	}
	return []lookupFile{{AssetsByString, stringKeys}, {AssetsByCIDR, prefixKeys}}
}

type lookupFile struct {
	name   string
	subset keySubset
}

// lookup formats entities as a merged lookup.
type lookup struct {
	entities *entities.Store
	columns  []lookupColumn
	tagger   *entities.Tagger
	sorted   []uint32 // records by id, made on first use
	buf      []byte
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

func newLookup(e *entities.Store) *lookup {
	kind := e.Kind.String()
	l := &lookup{entities: e, tagger: entities.NewTagger(e), columns: []lookupColumn{
		{name: kind, multi: true, field: keysColumn},
		{name: kind + "_id", field: idsColumn},
		{name: kind + "_tag", multi: true, field: tagsColumn},
	}}
	for i := range e.Fields {
		f := &e.Fields[i]
		if e.Kind == entities.Identity && f.Name == "identity" {
			continue // the keys stand there
		}
		l.columns = append(l.columns, lookupColumn{f.Name, f.Multi, f.Type == schema.Boolean, i})
	}
	return l
}

// recordsByID returns the records that a part lists, sorted by id.
func (l *lookup) recordsByID(p keySubset) []uint32 {
	if l.sorted == nil {
		l.sortRecords()
	}
	var records []uint32
	for _, record := range l.sorted {
		span := l.entities.Records[record].Keys
		if slices.ContainsFunc(l.entities.Keys[span.From:span.To], p.includes) {
			records = append(records, record)
		}
	}
	return records
}

// sortRecords fills sorted. The first bytes of the ids decide almost always, and
// stand beside the records while they are compared.
func (l *lookup) sortRecords() {
	type head struct {
		id     uint64
		record uint32
	}
	heads := make([]head, l.entities.Len())
	for i := range heads {
		heads[i] = head{binary.BigEndian.Uint64(l.entities.Records[i].ID[:]), uint32(i)}
	}
	slices.SortFunc(heads, func(a, b head) int {
		if a.id != b.id {
			return cmp.Compare(a.id, b.id)
		}
		return bytes.Compare(l.entities.Records[a.record].ID[:], l.entities.Records[b.record].ID[:])
	})
	l.sorted = make([]uint32, len(heads))
	for i, h := range heads {
		l.sorted[i] = h.record
	}
}

// cellText returns one cell, several values joined by "|".
func (l *lookup) cellText(record int, c *lookupColumn, p keySubset) string {
	switch c.field {
	case keysColumn:
		return l.joinedKeys(record, p)
	case idsColumn:
		return l.entities.Records[record].ID.String()
	case tagsColumn:
		return schema.JoinValues(l.tagger.Tags(record))
	}
	text := l.entities.Cell(record, c.field)
	if c.boolean && text == "" {
		return "false"
	}
	return text
}

func (l *lookup) joinedKeys(record int, p keySubset) string {
	l.buf = l.appendKeys(l.buf[:0], record, p)
	return string(l.buf)
}

func (l *lookup) appendKeys(dst []byte, record int, p keySubset) []byte {
	from := len(dst)
	span := l.entities.Records[record].Keys
	for _, k := range l.entities.Keys[span.From:span.To] {
		if !p.includes(k) {
			continue
		}
		if len(dst) > from {
			dst = append(dst, schema.Separator...)
		}
		dst = append(dst, l.entities.Texts.Text(k.Text)...)
	}
	return dst
}

// writeRows writes the rows of one part.
func (l *lookup) writeRows(w *csvio.Writer, p keySubset, splunk bool) error {
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
	for _, record := range l.recordsByID(p) {
		if splunk {
			l.writeSplunkRow(w, int(record), p)
		} else {
			l.writeRow(w, int(record), p)
		}
		if err := w.EndRow(); err != nil {
			return err
		}
	}
	return w.Flush()
}

// writeRow writes a row, most of it without a string of its own.
func (l *lookup) writeRow(w *csvio.Writer, record int, p keySubset) {
	for i := range l.columns {
		switch c := &l.columns[i]; c.field {
		case keysColumn:
			l.buf = l.appendKeys(l.buf[:0], record, p)
			w.CellBytes(l.buf)
		case idsColumn:
			l.buf = hex.AppendEncode(l.buf[:0], l.entities.Records[record].ID[:])
			w.CellBytes(l.buf)
		default:
			w.Cell(l.cellText(record, c, p))
		}
	}
}

// writeSplunkRow writes a row as Splunk holds its own lookups: several values are
// parted by newlines and stand once more, each between dollar signs, in a
// companion column.
func (l *lookup) writeSplunkRow(w *csvio.Writer, record int, p keySubset) {
	var companions []string
	for i := range l.columns {
		c := &l.columns[i]
		text := l.cellText(record, c, p)
		if c.multi {
			companions = append(companions, splunkCompanion(text))
			text = strings.ReplaceAll(text, schema.Separator, "\n")
		}
		w.Cell(text)
	}
	for _, text := range companions {
		w.Cell(text)
	}
}

// splunkCompanion returns what the companion of a cell holds: nothing for fewer than
// two values, else $a$;$b$ with the dollar signs in them doubled.
func splunkCompanion(text string) string {
	if !strings.Contains(text, schema.Separator) {
		return ""
	}
	text = strings.ReplaceAll(text, "$", "$$")
	return "$" + strings.ReplaceAll(text, schema.Separator, "$;$") + "$"
}
