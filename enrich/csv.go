package enrich

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/kithsec/kith/event"
)

// CSV enriches records with a common header. The names of columns are matched with the
// paths of the preset as flat keys, and an empty cell is an absent field. The extended
// header has an added column for every field that could be written for a role with a
// path in the header. It does not change when Swap brings a Snapshot with other columns.
// A column of the header that has the name of an output is kept; with
// Options.Overwrite, its cell is replaced if there is a value. CSV is safe for
// concurrent use.
type CSV struct {
	enricher *Enricher
	layout   *csvLayout
	workers  sync.Pool // of *csvWorker
}

// ErrNoHeader is the error of Enricher.CSV for a header without columns.
var ErrNoHeader = errors.New("CSV has no header")

// ErrWidth is the cause of a BadEvent with more or fewer cells than the header.
var ErrWidth = errors.New("record is not as wide as the header")

func errWidth(cells, header int) error {
	return fmt.Errorf("%w: %d cells instead of %d", ErrWidth, cells, header)
}

// CSV returns a CSV that enriches records with this header, which it copies. If the format is
// auto, the header determines it for all records. It returns ErrNoHeader if the header is
// empty.
func (e *Enricher) CSV(header []string) (*CSV, error) {
	if len(header) == 0 {
		return nil, ErrNoHeader
	}
	c := &CSV{enricher: e, layout: newCSVLayout(e.plan.Load(), header, ',')}
	c.workers.New = func() any { return newCSVWorker(e, c.layout) }
	return c, nil
}

// Header returns the extended header.
func (c *CSV) Header() []string { return slices.Concat(c.layout.header, c.layout.added) }

// Append appends the cells of the record and the added cells, in total as many as
// Header has. A record whose width is not that of the original header is appended
// unchanged, with an error that wraps ErrWidth. matched are the roles whose entity was
// found.
func (c *CSV) Append(dst, record []string) (out []string, matched event.Roles, err error) {
	if len(record) != len(c.layout.header) {
		return append(dst, record...), 0, errWidth(len(record), len(c.layout.header))
	}
	w := c.workers.Get().(*csvWorker)
	defer c.workers.Put(w)
	w.beginBatch()
	defer w.endBatch()
	w.addCells(record)
	w.batch.finishLookups()
	w.sink.collectCells(w.batch, &w.batch.events[0], w.plan)
	from := len(dst)
	dst = append(dst, record...)
	for _, r := range w.sink.replaced {
		dst[from+r.column] = string(w.sink.cellText(r.text))
	}
	for _, s := range w.sink.added {
		dst = append(dst, string(w.sink.cellText(s)))
	}
	return dst, w.batch.matchedRoles(&w.batch.events[0]), nil
}

// csvLayout describes the columns of a CSV. It is immutable once it is made.
type csvLayout struct {
	header []string
	wanted []int // columns whose cells are read
	added  []string

	delimiter byte // separates cells
}

func newCSVLayout(p *plan, header []string, delimiter byte) *csvLayout {
	l := &csvLayout{header: slices.Clone(header), delimiter: delimiter}
	record := p.schema.NewRecord(header)
	l.wanted = record.Columns()
	format := record.Format()
	for _, role := range format.Roles() {
		if format.MayHave(role, record.HasColumn) {
			l.addRoleColumns(p, role)
		}
	}
	if p.options.Urgency && record.HasColumn(p.severity) {
		l.addColumn(p, &p.urgency)
	}
	return l
}

func (l *csvLayout) addRoleColumns(p *plan, role event.Role) {
	if p.tables[tableOf(role)].table == nil {
		return
	}
	out := &p.roles[role]
	for i := range out.columns {
		l.addColumn(p, &out.columns[i])
	}
	for i := range out.owner {
		l.addColumn(p, &out.owner[i])
	}
	if p.options.Match {
		l.addColumn(p, &out.match)
	}
}

// addColumn adds a column for an output unless there is one of that name.
func (l *csvLayout) addColumn(p *plan, o *output) {
	name := p.schema.Text(o.path)
	if !slices.Contains(l.header, name) && !slices.Contains(l.added, name) {
		l.added = append(l.added, name)
	}
}

// csvPlan is a plan for records of one layout. It is for one goroutine.
type csvPlan struct {
	plan    *plan
	record  *event.Record
	cells   [][]byte     // of the current record, by column of the header; only wanted ones are set
	targets []cellTarget // by path of the output
}

// cellTarget is the cell into which an output is written.
type cellTarget struct {
	column   int32 // index of the header or of the added columns; or noColumn
	inHeader bool  // the column is one of the header: its cell is replaced
}

// noColumn marks an output that is not written.
const noColumn = -1

func newCSVPlan(p *plan, l *csvLayout) *csvPlan {
	c := &csvPlan{plan: p, record: p.schema.NewRecord(l.header), cells: make([][]byte, len(l.header)), targets: make([]cellTarget, p.schema.Len())}
	for path := range c.targets {
		text := p.schema.Text(event.Path(path))
		c.targets[path].column = noColumn
		for _, column := range l.wanted {
			if l.header[column] == text { // the last of repeated columns counts
				c.targets[path] = cellTarget{int32(column), true}
			}
		}
		if i := slices.Index(l.added, text); i >= 0 {
			c.targets[path] = cellTarget{int32(i), false}
		}
	}
	return c
}

// outputNames returns the names of all fields that the plan may write.
func (p *plan) outputNames() []string {
	l := &csvLayout{}
	for role := range event.Role(event.NumRoles) {
		if len(p.roles[role].match.name) > 0 {
			l.addRoleColumns(p, role)
		}
	}
	if p.options.Urgency {
		l.addColumn(p, &p.urgency)
	}
	return l.added
}
