package merge

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"net/netip"
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

// splunkPrefix begins the names of the companion columns in Splunk's own lookup format.
const splunkPrefix = "__mv_"

// keySubset selects the keys of entities that a merged lookup lists.
type keySubset uint8

const (
	everyKey   keySubset = iota
	stringKeys           // all but prefixes
	prefixKeys
)

func (s keySubset) includes(k entities.Key) bool {
	return s == everyKey || (k.Class == schema.PrefixKey) == (s == prefixKeys)
}

// lookupFilesOf returns the files that the entities of a kind are written to.
func lookupFilesOf(kind entity.Kind) []lookupFile {
	if kind == entity.Identity {
		return []lookupFile{{IdentitiesExpanded, everyKey}}
	}
	return []lookupFile{{AssetsByString, stringKeys}, {AssetsByCIDR, prefixKeys}}
}

// lookupFile is the file of a merged lookup.
type lookupFile struct {
	name   string
	subset keySubset
}

// lookup formats entities as a merged lookup.
type lookup struct {
	entities *entities.Store
	columns  []lookupColumn
	tagger   *entities.Tagger
	sorted   []uint32 // records by id; nil until recordsByID is called
	buf      []byte   // the keys of the current record
	id       []byte   // the id of the current record, in hexadecimal
}

// lookupColumn is one column of a merged lookup.
type lookupColumn struct {
	name    string
	multi   bool
	boolean bool
	field   int // index in Store.Fields, or one of the constants below
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
			continue // the key column has this name
		}
		l.columns = append(l.columns, lookupColumn{f.Name, f.Multi, f.Type == schema.Boolean, i})
	}
	return l
}

// recordsByID returns the records that have keys of a subset, sorted by id.
func (l *lookup) recordsByID(subset keySubset) []uint32 {
	if l.sorted == nil {
		l.sortRecords()
	}
	var records []uint32
	for _, record := range l.sorted {
		span := l.entities.Records[record].Keys
		if slices.ContainsFunc(l.entities.Keys[span.From:span.To], subset.includes) {
			records = append(records, record)
		}
	}
	return records
}

// sortRecords fills sorted. The first eight bytes of the ids decide nearly all
// comparisons, so they are copied next to the record numbers, which avoids cache misses.
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

// cellText returns the text of a cell, with several values joined by "|". The column must not
// be that of the keys.
func (l *lookup) cellText(record int, c *lookupColumn) string {
	switch c.field {
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

func (l *lookup) joinedKeys(record int, subset keySubset) string {
	l.buf = l.appendKeys(l.buf[:0], record, subset)
	return string(l.buf)
}

func (l *lookup) appendKeys(dst []byte, record int, subset keySubset) []byte {
	from := len(dst)
	span := l.entities.Records[record].Keys
	for _, k := range l.entities.Keys[span.From:span.To] {
		if !subset.includes(k) {
			continue
		}
		if len(dst) > from {
			dst = append(dst, schema.Separator...)
		}
		dst = append(dst, l.entities.Texts.Text(k.Text)...)
	}
	return dst
}

// writeRows writes the header and the rows of a lookup that lists a subset of the keys.
func (l *lookup) writeRows(w *csvio.Writer, subset keySubset, o WriteOptions) error {
	for i := range l.columns {
		w.Cell(l.columns[i].name)
	}
	if o.Splunk {
		for i := range l.columns {
			if l.columns[i].multi {
				w.Cell(splunkPrefix + l.columns[i].name)
			}
		}
	}
	if err := w.EndRow(); err != nil {
		return err
	}
	writeRow := l.writeRow
	if o.Splunk {
		writeRow = l.writeSplunkRow
	}
	for record, keys := range l.rows(subset, o.KeyRows) {
		writeRow(w, record, keys)
		if err := w.EndRow(); err != nil {
			return err
		}
	}
	return w.Flush()
}

// rows yields the rows of a lookup in the order of its file: a record and the text of the key
// column, which is valid until the next row. The rows are sorted by id. With keyRows, each key
// has a row, and networks are instead sorted by length, the longest first, because some
// programs use the first network that contains an address.
func (l *lookup) rows(subset keySubset, keyRows bool) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		var networks []networkRow
		for _, record := range l.recordsByID(subset) {
			l.buf = l.appendKeys(l.buf[:0], int(record), subset)
			if !keyRows {
				if !yield(int(record), l.buf) {
					return
				}
				continue
			}
			for key := range bytes.SplitSeq(l.buf, []byte(schema.Separator)) {
				if subset == prefixKeys {
					networks = append(networks, networkRow{int(record), string(key)})
				} else if !yield(int(record), key) {
					return
				}
			}
		}
		slices.SortStableFunc(networks, func(a, b networkRow) int { return b.bits() - a.bits() })
		for _, n := range networks {
			if !yield(n.record, []byte(n.key)) {
				return
			}
		}
	}
}

// networkRow is a row with one network.
type networkRow struct {
	record int
	key    string
}

// bits returns the length of the network.
func (n networkRow) bits() int {
	p, err := netip.ParsePrefix(n.key)
	if err != nil { // unreachable: the key is a prefix in its canonical form
		return 0
	}
	return p.Bits()
}

// writeRow writes a row with the given text of the key column. It formats ids without
// allocating strings.
func (l *lookup) writeRow(w *csvio.Writer, record int, keys []byte) {
	for i := range l.columns {
		switch c := &l.columns[i]; c.field {
		case keysColumn:
			w.CellBytes(keys)
		case idsColumn:
			l.id = hex.AppendEncode(l.id[:0], l.entities.Records[record].ID[:])
			w.CellBytes(l.id)
		default:
			w.Cell(l.cellText(record, c))
		}
	}
}

// writeSplunkRow writes a row in Splunk's own lookup format. Several values are separated
// by newlines and repeated in a companion column, each between dollar signs.
func (l *lookup) writeSplunkRow(w *csvio.Writer, record int, keys []byte) {
	var companions []string
	for i := range l.columns {
		c := &l.columns[i]
		text := string(keys)
		if c.field != keysColumn {
			text = l.cellText(record, c)
		}
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

// splunkCompanion returns the companion of a cell: empty for fewer than two values, else
// $a$;$b$, where dollar signs in the values are doubled.
func splunkCompanion(text string) string {
	if !strings.Contains(text, schema.Separator) {
		return ""
	}
	text = strings.ReplaceAll(text, "$", "$$")
	return "$" + strings.ReplaceAll(text, schema.Separator, "$;$") + "$"
}
