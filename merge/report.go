package merge

import (
	"cmp"
	"slices"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
)

// Report describes one merge: what was read and what was decided. Its JSON form is
// part of merge_report.json.
type Report struct {
	Kind       string         `json:"kind"`
	Sources    []SourceReport `json:"sources"`
	Rows       int            `json:"rows"`
	Identical  int            `json:"identical_rows"`
	Entities   int            `json:"entities"`
	Keys       int            `json:"keys"`
	Joins      int            `json:"joins"`
	SharedKeys []SharedKey    `json:"shared_keys"`
	Collisions []Collision    `json:"collisions"`
	Conflicts  map[string]int `json:"conflicts"`  // field → entities whose rows disagree
	Cut        map[string]int `json:"cut_values"` // field → values that the limit hides
	LeftOut    []Origin       `json:"left_out"`   // entities to which no key resolves, by their highest-ranked row
	Losses     map[string]int `json:"row_errors"` // reason → count
	Notes      map[string]int `json:"notes"`
	First      []Loss         `json:"first_row_errors"` // at most ReportedLosses, notes included
	Seconds    float64        `json:"duration_seconds"`
}

// Loss is the JSON form of a RowError.
type Loss struct {
	Source string      `json:"source"`
	Line   int         `json:"line"`
	Column int         `json:"column,omitempty"`
	Field  string      `json:"field,omitempty"`
	Loss   entity.Loss `json:"loss"`
	Reason string      `json:"reason"`
	Error  string      `json:"error"`
}

// ReportedLosses bounds the row errors that a report lists.
const ReportedLosses = 1000

// SourceReport is one source of a merge.
type SourceReport struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Rows   int    `json:"rows"`
	Lost   int    `json:"rows_lost"`
	SHA256 string `json:"sha256"`
	Merged bool   `json:"merged_lookup,omitempty"`
}

// SharedKey is a key value that too many rows carry to name one entity.
type SharedKey struct {
	Key  string   `json:"key"`
	Rows int      `json:"rows"`
	By   []Origin `json:"carried_by"` // at most ReportedRows of them
}

// ReportedRows bounds the rows that a report lists for one key.
const ReportedRows = 100

// Collision is a key that several entities wanted and the best-ranked got.
type Collision struct {
	Key    string   `json:"key"`
	Why    string   `json:"why"` // "several rows", "several ranges", or the convention that generated it
	Winner Origin   `json:"winner"`
	Losers []Origin `json:"losers"`
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

// countConflict counts an entity whose rows disagree on a field by more than case.
func (r *Report) countConflict(field string, texts *entities.Interner, cells []entities.TextID) {
	for _, cell := range cells[1:] {
		if !fold.Equal(texts.Text(cell), texts.Text(cells[0])) {
			if r.Conflicts == nil {
				r.Conflicts = make(map[string]int)
			}
			r.Conflicts[field]++
			return
		}
	}
}

// finish fills in what is known at the end. Lists are never null in JSON.
func (r *Report) finish(m *merger, losses []*entity.RowError, took time.Duration) {
	for _, s := range m.list.Sources {
		r.Sources = append(r.Sources, SourceReport{Name: s.Name, Path: s.Path, Rows: s.Rows, Lost: s.Lost, SHA256: s.SHA256, Merged: s.Merged})
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
	orEmpty(&r.Sources)
	orEmpty(&r.SharedKeys)
	orEmpty(&r.Collisions)
	orEmpty(&r.LeftOut)
	if r.Conflicts == nil {
		r.Conflicts = make(map[string]int)
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
