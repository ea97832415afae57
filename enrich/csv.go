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
// error wraps ErrWidth.
func (c *CSV) Append(dst, record []string) ([]string, error) {
	if len(record) != len(c.layout.header) {
		return append(dst, record...), errWidth(len(record), len(c.layout.header))
	}
	w := c.workers.Get().(*csvWorker)
	defer c.workers.Put(w)
	w.begin()
	defer w.end()
	w.addCells(record)
	w.batch.find()
	w.sink.fill(w.batch, &w.batch.events[0], w.plan)
	from := len(dst)
	dst = append(dst, record...)
	for _, r := range w.sink.replaced {
		dst[from+r.column] = string(w.sink.cell(r.span))
	}
	for _, s := range w.sink.cells {
		dst = append(dst, string(w.sink.cell(s)))
	}
	return dst, nil
}

// csvLayout is what a header means, decided once.
type csvLayout struct {
	header []string
	preset string // the name of the preset
	wanted []int  // the columns whose cells are read
	added  []string
}

func newCSVLayout(p *plan, header []string) *csvLayout {
	l := &csvLayout{header: slices.Clone(header)}
	events := p.presetOfHeader(header)
	l.preset = events.name
	texts := make(map[string]bool, len(p.texts))
	for _, text := range p.texts {
		texts[text] = true
	}
	for i, name := range header {
		if texts[name] {
			l.wanted = append(l.wanted, i)
		}
	}
	has := func(path int) bool { return slices.Contains(header, p.texts[path]) }
	for i := range events.roles {
		if r := &events.roles[i]; r.anyIn(has) {
			l.addRole(p, r.role)
		}
	}
	if p.options.Urgency && has(p.severity) {
		l.add(p, &p.urgency)
	}
	return l
}

func (l *csvLayout) addRole(p *plan, role event.Role) {
	if p.tables[tableOf(role)].table == nil {
		return
	}
	out := &p.roles[role]
	for i := range out.columns {
		l.add(p, &out.columns[i])
	}
	for i := range out.owner {
		l.add(p, &out.owner[i])
	}
	if p.options.Match {
		l.add(p, &out.match)
	}
}

// add adds a column for an output unless there is one of that name.
func (l *csvLayout) add(p *plan, o *output) {
	name := p.texts[o.path]
	if !slices.Contains(l.header, name) && !slices.Contains(l.added, name) {
		l.added = append(l.added, name)
	}
}

// presetOfHeader returns the preset of the events of a CSV.
func (p *plan) presetOfHeader(header []string) *presetPlan {
	if p.auto == nil {
		return &p.presets[0]
	}
	var seen event.Signs
	for _, name := range header {
		seen |= p.auto.detector.Key(name)
	}
	return p.auto.byRule[p.auto.detector.First(seen)].preset
}

// anyIn reports whether a header could hold a value for the role.
func (r *rolePaths) anyIn(has func(path int) bool) bool {
	for i := range r.groups {
		g := &r.groups[i]
		for j := range g.paths {
			if slices.ContainsFunc(g.paths[j].spellings, has) {
				return true
			}
			if g.paths[j].literal != nil && g.when.mayHold(has) {
				return true
			}
		}
	}
	return false
}

// mayHold reports whether a header has all fields that a condition asks for.
func (c *condition) mayHold(has func(path int) bool) bool {
	return !slices.ContainsFunc(c.fields, func(spellings []int) bool { return !slices.ContainsFunc(spellings, has) })
}

// csvPlan is a plan seen from a layout.
type csvPlan struct {
	plan   *plan
	preset *presetPlan
	value  []int32 // path → index into the record's wanted cells, or noColumn
	path   []int32 // index into the wanted cells → path that is read there, or noPath
	place  []place // path → where its output goes
}

// place is where an output goes: to an added column, over a column of the
// header, or nowhere.
type place struct {
	column int32 // noColumn for nowhere
	own    bool  // a column of the header
}

const noColumn = -1

func newCSVPlan(p *plan, l *csvLayout) *csvPlan {
	c := &csvPlan{plan: p, value: make([]int32, len(p.texts)), place: make([]place, len(p.texts))}
	c.preset = p.presetNamed(l.preset)
	c.path = slices.Repeat([]int32{noPath}, len(l.wanted))
	for path, text := range p.texts {
		c.value[path], c.place[path].column = noColumn, noColumn
		for i, column := range l.wanted {
			if l.header[column] == text { // of repeated columns the last counts
				c.value[path] = int32(i)
				c.place[path] = place{int32(column), true}
			}
		}
		if i := c.value[path]; i != noColumn {
			c.path[i] = int32(path)
		}
		if i := slices.Index(l.added, text); i >= 0 {
			c.place[path] = place{int32(i), false}
		}
	}
	return c
}

func (p *plan) presetNamed(name string) *presetPlan {
	i := slices.IndexFunc(p.presets, func(preset presetPlan) bool { return preset.name == name })
	return &p.presets[max(i, 0)]
}

// outputsOf lists the names of all fields that the plan may write.
func (p *plan) outputsOf() []string {
	l := &csvLayout{}
	for role := range event.Role(event.NumRoles) {
		if slices.ContainsFunc(p.presets, func(preset presetPlan) bool { return preset.has(role) }) {
			l.addRole(p, role)
		}
	}
	if p.options.Urgency {
		l.add(p, &p.urgency)
	}
	return l.added
}

func (p *presetPlan) has(role event.Role) bool {
	return slices.ContainsFunc(p.roles, func(r rolePaths) bool { return r.role == role })
}
