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

// Result is the result of merging the lists of one kind.
type Result struct {
	Entities *entity.Entities
	Losses   []*entity.RowError // lost values, cells and rows, and notes, in rank order
	Report   Report             // what was read and decided
}

// merger merges the rows that a collector has collected.
type merger struct {
	*collector
	partition partition
	owners    []uint32 // key → the entity that it resolves to
	out       *entities.Store
	report    Report
}

// Merge reads and merges the sources, which are in rank order: the most trusted is
// first. Lost values and rows are not errors; Result.Losses lists them. An error is a
// *SourceError, a *FieldError or a *CollisionError, except if kind is neither Asset nor
// Identity.
func Merge(kind entity.Kind, sources []Source, o Options) (*Result, error) {
	start := time.Now()
	if kind != entity.Asset && kind != entity.Identity {
		return nil, fmt.Errorf("lists of kind %s cannot be merged", kind)
	}
	s, err := newListFields(kind, o)
	if err != nil {
		return nil, err
	}
	if err := o.Join.check(); err != nil {
		return nil, err
	}
	c := newCollector(s)
	for rank, src := range sources {
		if slices.ContainsFunc(sources[:rank], func(other Source) bool { return other.Name == src.Name }) {
			return nil, &SourceError{Source: src.Name, Path: src.Path, Err: fmt.Errorf("two sources are named %q", src.Name)}
		}
		if err := checkGroup(sources[:rank], src); err != nil {
			return nil, err
		}
	}
	for rank := 0; rank < len(sources); {
		files := filesOfList(sources[rank:])
		if err := c.readList(rank, files); err != nil {
			return nil, err
		}
		rank += len(files)
	}
	if err := s.checkKeyFields(); err != nil {
		return nil, err
	}
	c.list.Fields = s.fields
	merged := new(entity.Entities)
	m := &merger{collector: c, out: entities.Of(merged)}
	if err := m.mergeCollected(); err != nil {
		return nil, err
	}
	m.list.Compact()
	m.report.finish(m, c.errs, time.Since(start))
	return &Result{Entities: merged, Losses: c.errs, Report: m.report}, nil
}

// mergeCollected joins the rows into entities and stores these in out.
func (m *merger) mergeCollected() error {
	m.report.Kind = m.schema.kind.String()
	m.keys.indexRows()
	if m.separatesKeys() {
		m.separateKeys()
	}
	if m.distinct.collapsed > 0 {
		m.keys.keepRows(m.distinct.representative)
	}
	m.partition = m.joinRows()
	m.assignOwners()
	*m.out = entities.Store{
		Kind: entities.Kind(m.schema.kind), Fields: m.shownFields(), Texts: m.list.Texts, List: m.list,
		RowsOf: m.partition.rows, CaseSensitive: m.schema.options.CaseSensitive,
	}
	if err := m.makeEntities(); err != nil {
		return err
	}
	if m.schema.kind == entity.Asset {
		orderByAddress(m.out)
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

// assignOwners picks the entity that each key resolves to: the one of the
// highest-ranked row that lists the key explicitly, or if there is none, the one of the
// highest-ranked row whose range contains it.
func (m *merger) assignOwners() {
	m.owners = hugepage.Scratch[uint32](m.keys.len())
	for id := range m.owners {
		m.owners[id] = noEntity
		listed, ranged := m.keys.rowsWith(uint32(id))
		switch {
		case len(listed) > 0:
			m.owners[id] = m.partition.entityOf[listed[0]]
			m.reportShared(uint32(id), listed)
		case len(ranged) > 0:
			m.owners[id] = m.partition.entityOf[ranged[0]]
			m.reportCollision("several ranges", uint32(id), ranged)
		}
	}
}

// reportShared reports a key that several rows list but that joins no rows.
func (m *merger) reportShared(id uint32, rows []uint32) {
	switch {
	case len(rows) < 2 || m.keys.classOf(id) == rowIDClass:
	case m.schema.options.NoMerge:
		m.reportCollision("several rows", id, rows)
	case m.keys.separate[id]: // there is a note about it
	case len(rows) > m.maxRowsPerKey():
		m.report.addSharedKey(m.keyText(id), len(rows), m.originsOf(rows[:min(len(rows), ReportedRows)]))
	case m.keys.noJoin:
		m.reportCollision("join: false", id, rows)
	}
}

// reportCollision reports a key that rows of several entities have. The first row is
// that of the owner.
func (m *merger) reportCollision(why string, id uint32, rows []uint32) {
	losers := []Origin{}
	for _, row := range rows[1:] {
		if m.partition.entityOf[row] != m.owners[id] && len(losers) < ReportedRows {
			losers = append(losers, originOf(m.list, row))
		}
	}
	if len(losers) > 0 {
		m.report.addCollision(why, m.keyText(id), originOf(m.list, rows[0]), losers)
	}
}

// keyText returns a key in the form in which keys are compared. It is a copy, because
// a text of the list would keep the memory of all texts alive.
func (c *collector) keyText(id uint32) string {
	return strings.Clone(c.list.Texts.Text(c.keys.textOf(id)))
}

func (m *merger) originsOf(rows []uint32) []Origin {
	origins := make([]Origin, len(rows))
	for i, row := range rows {
		origins[i] = originOf(m.list, row)
	}
	return origins
}
