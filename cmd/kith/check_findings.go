package main

import (
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
)

// writeFindings writes every finding as a line of JSON: errors, losses and
// notes with their places, then what merging decided.
func writeFindings(out io.Writer, found *findings) error {
	var all []object
	if found.failed != nil {
		for _, e := range joined(found.failed) {
			all = append(all, errorFinding(e))
		}
	}
	if found.loaded != nil {
		for _, p := range found.idle {
			all = append(all, object{{"what", "idle"}, {"file", p.File}, {"line", p.Line}, {"column", p.Column}, {"message", p.Text}})
		}
		for _, r := range found.results() {
			for _, e := range r.Losses {
				all = append(all, lossFinding(r.Report.Kind, e))
			}
			all = append(all, reportFindings(&r.Report)...)
		}
	}
	for _, o := range all {
		if err := writeJSON(out, o); err != nil {
			return err
		}
	}
	return nil
}

func errorFinding(err error) object {
	o := object{{"what", "error"}}
	var problem *yamlfile.Problem
	var source *merge.SourceError
	switch {
	case errors.As(err, &problem):
		return append(o, member{"file", problem.File}, member{"line", problem.Line}, member{"column", problem.Column}, member{"message", problem.Text})
	case errors.As(err, &source) && source.Line > 0:
		return append(o, member{"file", source.Path}, member{"line", source.Line}, member{"column", source.Column}, member{"message", source.Err.Error()})
	}
	return append(o, member{"message", err.Error()})
}

func lossFinding(kind string, e *entity.RowError) object {
	o := object{{"what", "loss"}}
	if e.Loss == entity.Note {
		o[0].value = "note"
	}
	o = append(o, member{"kind", kind}, member{"source", e.Source}, member{"file", e.Path}, member{"line", e.Line}, member{"column", e.Column})
	if e.Loss != entity.Note {
		o.add("lost", string(e.Loss))
	}
	return append(o, member{"field", e.Field}, member{"reason", e.Reason}, member{"value", e.Value}, member{"message", e.Err.Error()})
}

// reportFindings are what merging a kind decided.
func reportFindings(r *merge.Report) []object {
	var all []object
	for _, k := range r.SharedKeys {
		all = append(all, object{{"what", "shared_key"}, {"kind", r.Kind}, {"key", k.Key}, {"rows", k.Rows}, {"carried_by", k.By}})
	}
	for _, k := range r.Collisions {
		all = append(all, object{{"what", "collision"}, {"kind", r.Kind}, {"key", k.Key}, {"why", k.Why}, {"winner", k.Winner}, {"losers", k.Losers}})
	}
	for _, field := range slices.Sorted(maps.Keys(r.Conflicts)) {
		all = append(all, object{{"what", "conflict"}, {"kind", r.Kind}, {"field", field}, {"entities", r.Conflicts[field]}})
	}
	for _, field := range slices.Sorted(maps.Keys(r.Cut)) {
		all = append(all, object{{"what", "cut"}, {"kind", r.Kind}, {"field", field}, {"values", r.Cut[field]}})
	}
	for _, origin := range r.LeftOut {
		all = append(all, object{{"what", "left_out"}, {"kind", r.Kind}, {"source", origin.Source}, {"line", origin.Line}})
	}
	return all
}
