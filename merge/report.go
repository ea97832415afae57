package merge

import (
	"cmp"
	"slices"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
)

// Report describes one merge: what was read and what was decided. Its JSON form is a
// member of merge_report.json.
type Report struct {
	Kind           string          `json:"kind"`           // "asset" or "identity"
	Contradictions []Contradiction `json:"contradictions"` // assets made of rows that contradict each other
	Large          []LargeEntity   `json:"large_entities"` // those with the most rows first

	Sources    []SourceReport `json:"sources"`          // in rank order
	Rows       int            `json:"rows"`             // rows with a key, of all sources
	Identical  int            `json:"identical_rows"`   // rows that are identical to an earlier one
	Entities   int            `json:"entities"`         // entities to which a key resolves
	Keys       int            `json:"keys"`             // keys that resolve to an entity
	Joins      int            `json:"joins"`            // rows that were joined to an earlier one
	SharedKeys []SharedKey    `json:"shared_keys"`      // those of the most rows first
	Collisions []Collision    `json:"collisions"`       // keys that several entities have
	Conflicts  map[string]int `json:"conflicts"`        // field → entities whose rows disagree
	Cut        map[string]int `json:"cut_values"`       // field → values that the limit hides
	LeftOut    []Origin       `json:"left_out"`         // entities to which no key resolves, by their highest-ranked row
	Losses     map[string]int `json:"row_errors"`       // reason → count
	Notes      map[string]int `json:"notes"`            // reason → count
	First      []Loss         `json:"first_row_errors"` // the first ReportedLosses losses and notes
	Seconds    float64        `json:"duration_seconds"` // how long the merge took

	// ConflictKeys lists, by field, the canonical keys of the first ReportedRows entities
	// whose rows disagree.
	ConflictKeys map[string][]string `json:"conflict_keys"`
}

// Loss is the JSON form of an entity.RowError, whose fields it has.
type Loss struct {
	Source string      `json:"source"`
	Line   int         `json:"line"`
	Column int         `json:"column,omitempty"`
	Field  string      `json:"field,omitempty"`
	Loss   entity.Loss `json:"loss"`
	Reason string      `json:"reason"`
	Error  string      `json:"error"`
}

// ReportedLosses is the largest number of row errors that a report lists.
const ReportedLosses = 1000

// NoRows is the reason of the note on a source without rows.
const NoRows = "no rows"

// SourceReport is one source of a merge.
type SourceReport struct {
	Name string `json:"name"`
	Path string `json:"path"`
	Rows int    `json:"rows"`      // rows with a key
	Lost int    `json:"rows_lost"` // rows without a key
	// Superseded counts the rows that Source.Newest left out.
	Superseded int    `json:"rows_superseded,omitempty"`
	SHA256     string `json:"sha256"`                  // of the uncompressed CSV, hexadecimal; "" with Options.SkipHash
	Merged     bool   `json:"merged_lookup,omitempty"` // the source is a merged lookup

	Group   string   `json:"-"` // Source.Group
	Columns []Column `json:"-"` // of the header, in its order
}

// Column is a column of the header of a source.
type Column struct {
	Stated string // the name in the header
	Name   string // the name after Source.Columns; "" if the column is dropped
	Key    bool   // its values are keys
}

// SharedKey is a key value that occurs in too many rows to identify one entity. It joins
// no rows and resolves to the entity of the highest-ranked of them.
type SharedKey struct {
	Key  string   `json:"key"`
	Rows int      `json:"rows"`       // number of rows that have the key
	By   []Origin `json:"carried_by"` // the first ReportedRows of them
}

// ReportedRows is the largest number of rows that a report lists for one key.
const ReportedRows = 100

// Collision is a key that several entities have. It resolves to the highest-ranked one.
type Collision struct {
	Key    string   `json:"key"`
	Why    string   `json:"why"`    // "several rows", "several ranges", or the convention that generated the key
	Winner Origin   `json:"winner"` // highest-ranked row of the entity that the key resolves to
	Losers []Origin `json:"losers"` // rows of the other entities, at most ReportedRows
}

func (r *Report) addSharedKey(key string, rows int, by []Origin) {
	r.SharedKeys = append(r.SharedKeys, SharedKey{Key: key, Rows: rows, By: by})
}

func (r *Report) addCollision(why, key string, winner Origin, losers []Origin) {
	r.Collisions = append(r.Collisions, Collision{Key: key, Why: why, Winner: winner, Losers: losers})
}

func (r *Report) addLeftOut(o Origin) { r.LeftOut = append(r.LeftOut, o) }

func (r *Report) countCut(field string, n int) {
	if r.Cut == nil {
		r.Cut = make(map[string]int)
	}
	r.Cut[field] += n
}

// countConflict counts an entity whose rows disagree on a field.
func (r *Report) countConflict(field string) {
	if r.Conflicts == nil {
		r.Conflicts = make(map[string]int)
	}
	r.Conflicts[field]++
}

// addConflictKey adds the canonical key of an entity to those whose rows disagree on the
// fields.
func (r *Report) addConflictKey(fields []string, key string) {
	for _, field := range fields {
		if len(r.ConflictKeys[field]) == ReportedRows {
			continue
		}
		if r.ConflictKeys == nil {
			r.ConflictKeys = make(map[string][]string)
		}
		r.ConflictKeys[field] = append(r.ConflictKeys[field], key)
	}
}

// finish fills in the totals. It replaces nil slices and maps, so that they are empty in
// JSON and not null.
func (r *Report) finish(m *merger, losses []*entity.RowError, took time.Duration) {
	for i, s := range m.list.Sources {
		r.Sources = append(r.Sources, SourceReport{Group: m.groups[i], Columns: m.columns[i], Name: s.Name, Path: s.Path, Rows: s.Rows, Lost: s.Lost, Superseded: s.Superseded, SHA256: s.SHA256, Merged: s.Merged})
	}
	r.Rows, r.Identical, r.Joins = len(m.list.Rows), m.distinct.collapsed, m.partition.joins
	r.Entities, r.Keys = m.out.Len(), len(m.out.Keys)
	r.Losses, r.Notes = make(map[string]int), make(map[string]int)
	for _, e := range losses {
		if e.Loss == entity.Note {
			r.Notes[e.Reason]++
		} else {
			r.Losses[e.Reason]++
		}
	}
	for _, e := range losses[:min(len(losses), ReportedLosses)] {
		r.First = append(r.First, Loss{e.Source, e.Line, e.Column, e.Field, e.Loss, e.Reason, e.Err.Error()})
	}
	orEmpty(&r.First)
	slices.SortStableFunc(r.SharedKeys, func(a, b SharedKey) int { return cmp.Compare(b.Rows, a.Rows) })
	orEmpty(&r.Contradictions)
	orEmpty(&r.Large)
	orEmpty(&r.Sources)
	orEmpty(&r.SharedKeys)
	orEmpty(&r.Collisions)
	orEmpty(&r.LeftOut)
	if r.Conflicts == nil {
		r.Conflicts = make(map[string]int)
	}
	if r.ConflictKeys == nil {
		r.ConflictKeys = make(map[string][]string)
	}
	if r.Cut == nil {
		r.Cut = make(map[string]int)
	}
	r.Seconds = took.Seconds()
}

func orEmpty[T any](s *[]T) {
	if *s == nil {
		*s = []T{}
	}
}

// Origin is the row that a value came from.
type Origin struct {
	Source string `json:"source"` // name of the source
	Line   int    `json:"line"`   // line on which the row begins, from 1
}

func originOf(list *entities.List, row uint32) Origin {
	source, line := list.Origin(int(row))
	return Origin{Source: source, Line: line}
}
