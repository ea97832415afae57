package merge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/schema"
)

// Result is what merging one kind gave: the entities, every loss, and what was
// decided on the way.
type Result struct {
	Entities *entity.Entities
	Losses   []*entity.RowError // in rank order, notes included
	Report   Report
}

// merger carries one merge through its steps, from what was collected on.
type merger struct {
	*collector
	joined joined
	owners []uint32 // key → entity that answers it
	out    *entities.Store
	ids    []uint32 // open addressing by id: 1 + record
	report Report
}

// Merge reads the sources, which are in rank order, and merges them. An error
// is a *SourceError, a *FieldError or a *CollisionError; losses are no errors.
func Merge(kind entity.Kind, sources []Source, o Options) (*Result, error) {
	start := time.Now()
	s, err := newListFields(kind, o)
	if err != nil {
		return nil, err
	}
	c := newCollector(s)
	for rank, src := range sources {
		if slices.ContainsFunc(sources[:rank], func(other Source) bool { return other.Name == src.Name }) {
			return nil, &SourceError{Source: src.Name, Path: src.Path, Err: fmt.Errorf("two sources are named %q", src.Name)}
		}
		if err := c.readSource(rank, src); err != nil {
			return nil, err
		}
	}
	if err := s.missing(); err != nil {
		return nil, err
	}
	c.list.Fields = s.fields
	merged := new(entity.Entities)
	m := &merger{collector: c, out: entities.Of(merged)}
	if err := m.run(); err != nil {
		return nil, err
	}
	m.list.Compact()
	m.report.finish(m, c.errs, time.Since(start))
	return &Result{Entities: merged, Losses: c.errs, Report: m.report}, nil
}

func (m *merger) run() error {
	m.report.Kind = m.schema.kind.String()
	m.keys.invert(m.distinct.standsFor)
	m.join()
	m.own()
	*m.out = entities.Store{
		Kind: entities.Kind(m.schema.kind), Fields: m.shownFields(), Texts: m.list.Texts, List: m.list,
		RowsOf: m.joined.rows, CaseSensitive: m.schema.options.CaseSensitive,
	}
	if err := m.makeEntities(); err != nil {
		return err
	}
	if m.schema.kind == entity.Asset {
		m.orderByAddress()
	}
	return nil
}

// shownFields returns the fields that are written: all but the excluded ones.
func (m *merger) shownFields() []schema.Field {
	var fields []schema.Field
	for _, f := range m.list.Fields {
		if f.EffectivePolicy() != schema.Exclude {
			fields = append(fields, f)
		}
	}
	return fields
}

// own decides which entity answers each key: that of the best-ranked row that
// states it, else of the best-ranked row that a range left it to.
func (m *merger) own() {
	m.owners = hugepage.Scratch[uint32](m.keys.len())
	for id := range m.owners {
		m.owners[id] = noEntity
		state, ranged := m.keys.rowsWith(uint32(id))
		switch {
		case len(state) > 0:
			m.owners[id] = m.joined.of[state[0]]
			m.contested(uint32(id), state)
		case len(ranged) > 0:
			m.owners[id] = m.joined.of[ranged[0]]
			m.collide("several ranges", uint32(id), ranged)
		}
	}
}

// contested reports a key that joins nothing although several rows state it.
func (m *merger) contested(id uint32, rows []uint32) {
	switch {
	case len(rows) < 2 || m.keys.classOf(id) == rowIDClass:
	case m.schema.options.NoMerge:
		m.collide("several rows", id, rows)
	case len(rows) > m.maxRows():
		m.report.shared(m.keyText(id), len(rows), m.origins(rows[:min(len(rows), ReportedRows)]))
	}
}

// collide reports a key that rows of several entities carry.
func (m *merger) collide(why string, id uint32, rows []uint32) {
	losers := []Origin{}
	for _, row := range rows[1:] {
		if m.joined.of[row] != m.owners[id] && len(losers) < ReportedRows {
			losers = append(losers, originOf(m.list, row))
		}
	}
	if len(losers) > 0 {
		m.report.collision(why, m.keyText(id), originOf(m.list, rows[0]), losers)
	}
}

// keyText returns the form in which a key compares, in memory of its own: a
// text of the list would keep all of its memory alive.
func (m *merger) keyText(id uint32) string {
	return strings.Clone(m.list.Texts.Text(m.keys.textOf(id)))
}

func (m *merger) origins(rows []uint32) []Origin {
	origins := make([]Origin, len(rows))
	for i, row := range rows {
		origins[i] = originOf(m.list, row)
	}
	return origins
}
