package merge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// Contradiction is an asset made of rows that contradict each other (see Join) and therefore
// probably describe two machines. Its rows come from several lists, or are joined by rows that
// state neither names nor custom keys.
type Contradiction struct {
	Key      string    `json:"key"`       // the canonical key
	ID       string    `json:"id"`        // asset_id
	Names    []string  `json:"names"`     // in nt_host and dns of the rows, the first ReportedRows
	JoinedBy []string  `json:"joined_by"` // the keys that joined the rows, the first ReportedRows
	Between  [2]Origin `json:"between"`   // two rows that contradict each other
	Rows     int       `json:"rows"`      // number of rows
	By       []Origin  `json:"made_of"`   // the first ReportedRows of them
}

// LargeEntity is an entity that may be made of rows about many machines or people, because
// it has more than 20 rows and more than 20 keys, or as an asset more than 20 names.
type LargeEntity struct {
	Key    string      `json:"key"`    // the canonical key
	ID     string      `json:"id"`     // asset_id or identity_id
	Rows   int         `json:"rows"`   // number of rows
	Keys   int         `json:"keys"`   // number of keys
	Names  int         `json:"names"`  // number of keys in nt_host and dns of an asset; 0 for an identity
	Shared []CommonKey `json:"shared"` // the keys that most of its rows have, at most ReportedKeys
}

// CommonKey is a key of an entity, with the number of the entity's rows that have it.
type CommonKey struct {
	Key  string `json:"key"`
	Rows int    `json:"rows"`
}

// ReportedKeys is the largest number of keys that a report lists for a large entity.
const ReportedKeys = 5

// largeEntity is the number of rows, keys or names above which an entity is large.
const largeEntity = 20

// inspector finds entities that probably describe several machines or people.
type inspector struct {
	*merger
	finder *contradictionFinder // nil if rows are not compared
	rows   []uint32
	losses []*entity.RowError // a contradiction each
}

func newInspector(m *merger) *inspector {
	in := &inspector{merger: m}
	if m.schema.kind == entity.Asset && !m.schema.options.NoMerge {
		in.finder = newContradictionFinder(m.collector)
	}
	return in
}

// inspectRecord adds a record to the report if its rows contradict each other, or if it is
// large. keys are those of its rows.
func (in *inspector) inspectRecord(r *record, keys []rowKey) {
	rows := in.rowsOf(r.entity)
	if in.finder != nil && len(rows) > 1 {
		in.rows = in.rows[:0]
		for _, row := range rows {
			in.rows = append(in.rows, row.Row)
		}
		if a, b, found := in.finder.find(in.rows); found {
			in.addContradiction(r, keys, a, b)
		}
	}
	if len(r.keys) > largeEntity {
		in.addLarge(r, keys)
	}
}

// addContradiction reports that rows a and b of a record contradict each other. Unless the
// user has chosen to join all rows, that is a loss.
func (in *inspector) addContradiction(r *record, keys []rowKey, a, b uint32) {
	rows := in.rowsOf(r.entity)
	c := Contradiction{
		Key: strings.Clone(in.list.Texts.Text(r.canonical)), ID: r.id.String(), Names: []string{}, JoinedBy: []string{},
		Between: [2]Origin{originOf(in.list, a), originOf(in.list, b)}, Rows: len(rows), By: in.originsOf(in.rows[:min(len(rows), ReportedRows)]),
	}
	seen := make(map[uint32]bool)
	for i := range keys {
		if k := &keys[i]; isMachineName(k) && !seen[k.id] && len(c.Names) < ReportedRows {
			seen[k.id] = true
			c.Names = append(c.Names, strings.Clone(in.list.Texts.Text(k.text)))
		}
	}
	by := make(map[entities.TextID]bool)
	for _, row := range rows[1:] {
		if !by[row.JoinedBy] && len(c.JoinedBy) < ReportedRows {
			by[row.JoinedBy] = true
			c.JoinedBy = append(c.JoinedBy, strings.Clone(in.list.Texts.Text(row.JoinedBy)))
		}
	}
	in.report.Contradictions = append(in.report.Contradictions, c)
	if in.schema.options.Join == JoinAny {
		return
	}
	row := &in.list.Rows[a]
	src := &in.list.Sources[row.Source]
	in.losses = append(in.losses, &entity.RowError{
		Source: src.Name, Path: src.Path, Line: int(row.Line), Loss: entity.Contradiction, Reason: "several machines", Value: c.Key,
		Err: in.contradictionError(&c, a, b),
	})
}

// contradictionError returns the error for a contradiction between rows a and b.
func (in *inspector) contradictionError(c *Contradiction, a, b uint32) error {
	const few = 3
	var by, ignore []string
	for _, key := range c.JoinedBy[:min(len(c.JoinedBy), few)] {
		by = append(by, problem.Quote(key))
		if _, isID := entities.ParseID(key); !isID && len(key) <= problem.MaxQuoted {
			ignore = append(ignore, fmt.Sprintf("%q", "+"+key))
		}
	}
	if len(c.JoinedBy) > few {
		by = append(by, "…")
	}
	cure := "correct the lists, or leave out a row with where"
	switch {
	case in.schema.options.Join != JoinNames && in.shareKey(a, b):
		cure += ", or keep the two apart with assets.join: names"
	case len(ignore) == len(c.JoinedBy):
		cure += ", or ignore what joined them with assets.ignore_keys: [" + strings.Join(ignore, ", ") + "]"
	}
	return fmt.Errorf("%s and %s became one asset, joined by %s: %s", in.describeRow(a), in.describeRow(b), strings.Join(by, ", "), cure)
}

// shareKey reports whether two rows list the same key.
func (in *inspector) shareKey(a, b uint32) bool {
	other := in.keys.keysOf(int(b))
	return slices.ContainsFunc(in.keys.keysOf(int(a)), func(k rowKey) bool {
		return slices.ContainsFunc(other, func(o rowKey) bool { return o.id == k.id })
	})
}

// addLarge reports a record if it is large.
func (in *inspector) addLarge(r *record, keys []rowKey) {
	rows, names := len(in.rowsOf(r.entity)), 0
	if in.schema.kind == entity.Asset {
		for i := range r.keys {
			if k := &r.keys[i]; k.Class == schema.NameKey && k.Fields&(entities.KeyNTHost.Bit()|entities.KeyDNS.Bit()) != 0 {
				names++
			}
		}
	}
	if rows <= largeEntity && names <= largeEntity {
		return
	}
	in.report.Large = append(in.report.Large, LargeEntity{
		Key: strings.Clone(in.list.Texts.Text(r.canonical)), ID: r.id.String(), Rows: rows, Keys: len(r.keys), Names: names, Shared: in.commonKeys(r, keys),
	})
}

// commonKeys returns the ReportedKeys keys of a record that most of its rows have.
func (in *inspector) commonKeys(r *record, keys []rowKey) []CommonKey {
	type count struct{ rows, last int } // last is 1 + the row that was counted last
	counts := make(map[uint32]count)
	for _, row := range in.rowsOf(r.entity) {
		for _, k := range in.keys.keysOf(int(row.Row)) {
			n := counts[k.id]
			if n.last != int(row.Row)+1 && in.owners[k.id] == r.entity && k.class != rowIDClass {
				counts[k.id] = count{n.rows + 1, int(row.Row) + 1}
			}
		}
	}
	var all []CommonKey
	for i := range keys { // not the map, whose order is random
		if n := counts[keys[i].id]; n.rows > 0 {
			all = append(all, CommonKey{strings.Clone(in.list.Texts.Text(keys[i].text)), n.rows})
			delete(counts, keys[i].id)
		}
	}
	slices.SortStableFunc(all, func(a, b CommonKey) int { return cmp.Compare(b.Rows, a.Rows) })
	return all[:min(len(all), ReportedKeys)]
}
