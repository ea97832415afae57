package enrich

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/kithsec/kith/event"
)

// CSV enriches records that have one header. Paths are matched with the names
// of columns as flat keys; an empty cell is an absent field. The header is
// extended by every column that a role with a path in the header could add, and
// stays so when Swap brings other custom columns. A column of the header that
// is named like an output is kept, unless Options.Overwrite replaces its cells
// where there is a value. It is safe for concurrent use.
type CSV struct {
	enricher *Enricher
	layout   *csvLayout
	workers  sync.Pool // of *csvWorker
}

// ErrNoHeader is the error of a CSV without columns.
var ErrNoHeader = errors.New("CSV has no header")

// ErrWidth is the cause of a BadEvent that has more or fewer cells than the
// header.
var ErrWidth = errors.New("record is not as wide as the header")

func errWidth(cells, header int) error {
	return fmt.Errorf("%w: %d cells instead of %d", ErrWidth, cells, header)
}

// CSV returns what enriches records with that header, which it copies. The
// format auto is decided once, from the header.
func (e *Enricher) CSV(header []string) (*CSV, error) {
	if len(header) == 0 {
		return nil, ErrNoHeader
	}
	c := &CSV{enricher: e, layout: newCSVLayout(e.plan.Load(), header)}
	c.workers.New = func() any { return newCSVWorker(e, c.layout) }
	return c, nil
}

// Header returns the extended header.
func (c *CSV) Header() []string { return slices.Concat(c.layout.header, c.layout.added) }

// Append appends the cells of the record and those that enrichment adds, as
// many as the header has. A record of another width is appended as it is; the
// error wraps ErrWidth. matched are the roles whose entity was found.
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

// csvLayout maps a header to paths and outputs. It is computed once.
type csvLayout struct {
	header []string
	wanted []int // the columns whose cells are read
	added  []string
}

func newCSVLayout(p *plan, header []string) *csvLayout {
	l := &csvLayout{header: slices.Clone(header)}
	record := p.schema.NewRecord(header)
	l.wanted = record.Columns()
	has := func(path event.Path) bool { return slices.Contains(header, p.schema.Text(path)) }
	format := record.Format()
	for _, role := range format.Roles() {
		if format.MayHave(role, has) {
			l.addRoleColumns(p, role)
		}
	}
	if p.options.Urgency && has(p.severity) {
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

// csvPlan is a plan for records of a layout. It is for one goroutine.
type csvPlan struct {
	plan   *plan
	record *event.Record
	cells  [][]byte // of the record, by column of the header; only those that are read
	targets  []cellTarget  // by path: where its output goes
}

// cellTarget is the destination of an output: an added column, a column of the header that
// it replaces, or none.
type cellTarget struct {
	column int32 // noColumn for nowhere
	replaces    bool  // a column of the header
}

const noColumn = -1

func newCSVPlan(p *plan, l *csvLayout) *csvPlan {
	c := &csvPlan{plan: p, record: p.schema.NewRecord(l.header), cells: make([][]byte, len(l.header)), targets: make([]cellTarget, p.schema.Len())}
	for path := range c.targets {
		text := p.schema.Text(event.Path(path))
		c.targets[path].column = noColumn
		for _, column := range l.wanted {
			if l.header[column] == text { // of repeated columns the last counts
				c.targets[path] = cellTarget{int32(column), true}
			}
		}
		if i := slices.Index(l.added, text); i >= 0 {
			c.targets[path] = cellTarget{int32(i), false}
		}
	}
	return c
}

// outputNames lists the names of all fields that the plan may write.
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
