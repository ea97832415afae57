package merge

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// resolver merges the cells of entities according to the policies of their fields.
type resolver struct {
	*merger
	from  []int // shown field → column of the list
	pci   *pciImplier
	cells [][]entities.TextID // of the rows of the current entity

	conflicts []string // the fields on which the rows of the current entity disagree
}

func newResolver(m *merger) *resolver {
	r := &resolver{merger: m, from: make([]int, len(m.out.Fields)), pci: newPCIImplier(m.out)}
	for i, f := range m.out.Fields {
		r.from[i], _ = m.list.Field(f.Name)
	}
	return r
}

// resolveCells merges the cells of an entity's rows into those of its record.
func (r *resolver) resolveCells(to *record) {
	rows := r.rowsOf(to.entity)
	r.conflicts = r.conflicts[:0]
	if len(rows) == 1 {
		r.copyCells(to.cells, r.list.Cells(int(rows[0].Row)))
	} else {
		r.cells = r.cells[:0]
		for _, row := range rows {
			r.cells = append(r.cells, r.list.Cells(int(row.Row)))
		}
		for i := range to.cells {
			to.cells[i] = r.mergeCell(&r.out.Fields[i], r.from[i])
		}
	}
	r.pci.imply(r.out, to.cells)
	r.cutCells(to.cells)
}

// copyCells copies the cells of an entity's only row.
func (r *resolver) copyCells(cells, row []entities.TextID) {
	for i, column := range r.from {
		cells[i] = 0
		if column < len(row) {
			cells[i] = row[column]
		}
	}
}

// mergeCell merges one column of the current rows.
func (r *resolver) mergeCell(f *schema.Field, column int) entities.TextID {
	var buf [8]entities.TextID
	distinct := buf[:0]
	for _, cells := range r.cells {
		if column < len(cells) && cells[column] != 0 && !slices.Contains(distinct, cells[column]) {
			distinct = append(distinct, cells[column])
		}
	}
	switch len(distinct) {
	case 0:
		return 0
	case 1:
		return distinct[0]
	}
	if f.EffectivePolicy() == schema.Union {
		return r.unionCells(f, distinct)
	}
	if r.disagree(distinct) {
		r.report.countConflict(f.Name)
		r.conflicts = append(r.conflicts, f.Name)
	}
	return r.pickCell(f, distinct)
}

// disagree reports whether cells differ, and not in case alone.
func (r *resolver) disagree(cells []entities.TextID) bool {
	first := r.list.Texts.Text(cells[0])
	return slices.ContainsFunc(cells[1:], func(cell entities.TextID) bool { return !fold.Equal(r.list.Texts.Text(cell), first) })
}

// unionCells returns a cell with the values of all cells, in rank order and without
// repeats.
func (r *resolver) unionCells(f *schema.Field, cells []entities.TextID) entities.TextID {
	set := schema.ValueSet{Exact: f.Exact}
	for _, cell := range cells {
		for v := range strings.SplitSeq(r.list.Texts.Text(cell), schema.Separator) {
			set.Add(v)
		}
	}
	return r.list.Texts.Intern(schema.JoinValues(set.Values))
}

// pickCell picks one of several different cells, which are in rank order, according to
// the policy of the field.
func (r *resolver) pickCell(f *schema.Field, cells []entities.TextID) entities.TextID {
	best := cells[0]
	for _, cell := range cells[1:] {
		if betterCell(f.EffectivePolicy(), r.list.Texts.Text(cell), r.list.Texts.Text(best)) {
			best = cell
		}
	}
	return best
}

// betterCell reports whether a policy prefers value to best, which ranks higher.
func betterCell(p schema.Policy, value, best string) bool {
	switch p {
	case schema.Highest:
		a, _ := entity.ParsePriority(value)
		b, _ := entity.ParsePriority(best)
		return a > b
	case schema.Any:
		return value == "true" && best != "true"
	case schema.Latest: // RFC 3339 in UTC sorts as text
		return value > best
	case schema.Earliest:
		return value < best
	}
	return false
}

// cutCells cuts the cells of multi-value fields to the limits of the fields, and counts
// the values it cut in the report. The identity column has no limit, because it shows
// every key.
func (r *resolver) cutCells(cells []entities.TextID) {
	for i := range r.out.Fields {
		f := &r.out.Fields[i]
		limit := f.ShowLimit()
		if !f.Multi || limit < 0 || cells[i] == 0 || r.schema.kind == entity.Identity && f.Name == "identity" {
			continue
		}
		text := r.list.Texts.Text(cells[i])
		if len(text) < 2*limit {
			continue // too short for more values than limit
		}
		if n := strings.Count(text, schema.Separator) + 1; n > limit {
			values := strings.Split(text, schema.Separator)
			r.report.countCut(f.Name, n-limit)
			cells[i] = r.list.Texts.Intern(schema.JoinValues(values[:limit]))
		}
	}
}

// pciImplier adds implied PCI categories and domains to merged records. It caches the
// result for each pair of cells, because there are few different pairs.
type pciImplier struct {
	category, domain int // fields; negative if the field is excluded or not multi-value
	cache            [pciCacheSize]struct{ listed, implied [2]entities.TextID }
}

// pciCacheSize is the number of slots of the cache.
const pciCacheSize = 1 << 14

func newPCIImplier(out *entities.Store) *pciImplier {
	p := &pciImplier{category: -1, domain: -1}
	if out.Kind != entities.Asset {
		return p
	}
	if i, ok := out.Field("category"); ok && out.Fields[i].Multi {
		p.category = i
	}
	if i, ok := out.Field("pci_domain"); ok && out.Fields[i].Multi {
		p.domain = i
	}
	return p
}

func (p *pciImplier) imply(out *entities.Store, cells []entities.TextID) {
	if out.Kind != entities.Asset {
		return
	}
	at := func(column int) entities.TextID {
		if column < 0 {
			return 0
		}
		return cells[column]
	}
	listed := [2]entities.TextID{at(p.category), at(p.domain)}
	slot := &p.cache[(uint32(listed[0])*31+uint32(listed[1]))%pciCacheSize]
	if slot.listed != listed || slot.implied[1] == 0 {
		cat, dom := schema.ImplyPCI(schema.SplitValues(out.Texts.Text(listed[0])), schema.SplitValues(out.Texts.Text(listed[1])))
		slot.listed = listed
		slot.implied = [2]entities.TextID{out.Texts.Intern(schema.JoinValues(cat)), out.Texts.Intern(schema.JoinValues(dom))}
	}
	for i, column := range []int{p.category, p.domain} {
		if column >= 0 {
			cells[column] = slot.implied[i]
		}
	}
}
