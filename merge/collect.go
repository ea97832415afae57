package merge

import (
	"errors"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/schema"
)

// collector collects the rows of all sources of one kind in a list, and their keys in an
// index.
type collector struct {
	schema   *listFields
	ignored  *schema.Ignored
	list     *entities.List
	distinct *rowSet
	keys     *keyIndex
	idKeys   []entities.TextID // by row of a merged lookup: the key that its id was made of; else 0
	groups   []string          // by source: Source.Group
	columns  [][]Column        // by source: those of its header
	errs     []*entity.RowError

	// State of the current list, which may be several sources.
	cuts   []cutName                // ascending by row
	latest map[sharedValue]datedRow // for Source.Newest; nil for a list of one source

	// State of the current source.
	zone entities.TextID // of rows without a zone

	// State of the current batch.
	batchIDs []entities.TextID // of the texts of the batch; 0 is the empty text
	cells    []entities.TextID // of the current row
}

func newCollector(s *listFields) *collector {
	list := entities.NewList(entities.Kind(s.kind), s.fields)
	keys := newKeyIndex(list.Texts)
	return &collector{
		schema: s, ignored: schema.NewIgnored(s.options.IgnoreKeys), list: list, keys: keys,
		distinct: &rowSet{list: list, keys: keys},
	}
}

func (c *collector) beginSource(src Source) {
	c.list.Sources = append(c.list.Sources, entities.Source{Name: src.Name, Path: src.Path})
	c.groups, c.columns = append(c.groups, src.Group), append(c.columns, nil)
}

// beginList begins a list, the first of whose files has the given rank.
func (c *collector) beginList(rank int, files []Source) error {
	c.cuts, c.latest = c.cuts[:0], nil
	if len(files) > 1 && files[0].Newest != nil {
		return c.findLatest(rank, files)
	}
	return nil
}

// collectRows collects the batches that a reader reads from a source.
func (c *collector) collectRows(rank int, r *reader) {
	c.zone = c.list.Texts.Intern(r.head.zone)
	c.list.Fields = c.schema.fields
	info := &c.list.Sources[rank]
	info.Merged = r.head.merged
	room, losses := forecast{size: r.src.Size}, len(c.errs)
	for b, more := r.rows.Next(); more; b, more = r.rows.Next() {
		before := info.Rows + info.Lost
		c.addBatch(uint32(rank), b)
		info.Rows += len(b.rows)
		info.Lost += b.lost
		info.Superseded += b.superseded
		room.addBatch(c, b)
		if n := info.Rows + info.Lost; c.schema.options.Progress != nil && n/progressRows != before/progressRows {
			c.schema.options.Progress(r.src.Name, n)
		}
	}
	c.hintEncoding(r.src, c.errs[losses:])
	c.noteAbsentRows(r, info)
}

// noteAbsentRows adds a note for a source without rows, which is more often a failed export
// than intended. A merged lookup may have none: Write writes one without networks, too.
func (c *collector) noteAbsentRows(r *reader, info *entities.Source) {
	if info.Rows+info.Lost+info.Superseded > 0 || info.Merged {
		return
	}
	c.errs = append(c.errs, &entity.RowError{
		Source: r.src.Name, Path: r.src.Path, Line: r.head.line, Loss: entity.Note, Reason: NoRows, Err: errors.New("the list has no rows: check how it is exported"),
	})
}

// hintEncoding adds one note for a source if some of its losses are values that are not
// UTF-8. Only what Source.Parse reads can be in another encoding.
func (c *collector) hintEncoding(src Source, losses []*entity.RowError) {
	i := slices.IndexFunc(losses, func(e *entity.RowError) bool { return e.Reason == "invalid UTF-8" })
	if i < 0 || src.Parse == nil {
		return
	}
	e := losses[i]
	c.errs = append(c.errs, &entity.RowError{
		Source: src.Name, Path: src.Path, Line: e.Line, Column: e.Column, Loss: entity.Note, Reason: "encoding", Value: e.Value,
		Err: errors.New("if the list is in another encoding than UTF-8, name it, as in encoding: windows-1252"),
	})
}

// progressRows is the number of rows after which the progress of a source is
// reported.
const progressRows = 1 << 14

// addBatch adds the rows of a batch to the list, and their keys to the index.
func (c *collector) addBatch(rank uint32, b *batch) {
	c.errs = append(c.errs, b.errs...)
	c.batchIDs = c.list.Texts.InternAll(append(c.batchIDs[:0], 0), b.texts, b.hashes)
	c.keys.table.reserve(c.list.Texts.Len())
	for _, cut := range b.cuts {
		c.cuts = append(c.cuts, cutName{uint32(len(c.list.Rows) + cut.row), c.batchIDs[cut.name], c.batchIDs[cut.domain]})
	}
	width, from := len(c.schema.fields), uint32(0)
	for i, row := range b.rows {
		c.cells = c.cells[:0]
		for _, t := range b.cells[i*width : i*width+width] {
			c.cells = append(c.cells, c.batchIDs[t])
		}
		zone := &c.cells[c.schema.zone]
		if *zone == 0 {
			*zone = c.zone
		}
		c.list.Append(entities.Row{Source: rank, Line: row.line, Zone: *zone, Keys: c.batchIDs[row.listed], ID: c.batchIDs[row.id]}, c.cells, row.ranged)
		c.keys.addRow(*zone, b.keys[from:row.keys], c.batchIDs)
		c.distinct.addLast()
		c.idKeys = append(hugepage.Grow(c.idKeys, 1), c.idKey(b, row.id, *zone, b.keys[from:row.keys]))
		from = row.keys
	}
}

// idKey returns the key that the id of a row of a merged lookup was made of, or 0 if it
// was made of none of the row's keys. Usually it is the first in the canonical order.
func (c *collector) idKey(b *batch, rowID textRef, zone entities.TextID, keys []foundKey) entities.TextID {
	id, ok := entities.ParseID(b.text(rowID))
	if !ok {
		return 0
	}
	for _, field := range canonicalOrder(c.schema.kind) {
		for _, k := range keys {
			if k.field == field && k.class != rowIDClass && c.schema.newID(entity.Zone(c.list.Texts.Text(zone)), b.text(k.spelled)) == id {
				return c.batchIDs[k.spelled]
			}
		}
	}
	return 0
}

// forecast reserves memory for the rest of a source, extrapolating from the batches read
// so far. Without it, growing the slices step by step copies everything once more. The
// first batches are left out of the estimate, because nearly all of their texts are new.
type forecast struct {
	size    int64 // approximate size of the source in bytes; 0 if unknown
	read    int64 // bytes read so far
	batches int
	next    int       // number of batches after which to reserve again
	from    collected // the counts at forecastFrom, where the estimate begins
}

// collected counts what a collector has collected.
type collected struct {
	read              int64
	rows, keys, texts int
}

// A forecast measures the batches from forecastFrom to forecastTo and reserves memory. It
// does so again each time the number of batches has grown by forecastStep. It never
// reserves more than forecastMax times what was collected, because the rows of a list may
// differ in length.
const (
	forecastFrom = 16
	forecastTo   = 32
	forecastStep = 4
	forecastMax  = 8
)

func (f *forecast) addBatch(c *collector, b *batch) {
	f.batches, f.read = f.batches+1, f.read+b.bytes
	now := collected{f.read, len(c.list.Rows), len(c.keys.rowKeys), c.list.Texts.Len()}
	switch {
	case f.batches == forecastFrom:
		f.from, f.next = now, forecastTo
	case f.batches == f.next && f.read < f.size:
		f.reserveRest(c, now)
		f.next *= forecastStep
	}
}

func (f *forecast) reserveRest(c *collector, now collected) {
	rest := 1.02 * float64(f.size-now.read) / float64(now.read-f.from.read)
	more := func(from, now int) int { return int(min(float64(now-from)*rest, float64(forecastMax*now))) }
	rows, keys, texts := more(f.from.rows, now.rows), more(f.from.keys, now.keys), more(f.from.texts, now.texts)
	c.list.Reserve(rows, len(c.schema.fields))
	c.list.Texts.Reserve(texts)
	c.keys.reserve(rows, keys, texts)
	c.idKeys = hugepage.Grow(c.idKeys, rows)
	c.distinct.reserve(rows)
}
