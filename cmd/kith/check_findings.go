package main

import (
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/merge"
)

// writeFindingsJSON writes every finding as a line of JSON: errors, losses and notes with
// their places, then the decisions of merging. Entities that probably are several come
// before losses.
func writeFindingsJSON(out io.Writer, found *lists.Findings) error {
	var all []jsonobject.Object
	if found.Err != nil {
		for _, e := range problem.Joined(found.Err) {
			all = append(all, errorFinding(e))
		}
	}
	if found.Loaded != nil {
		for _, r := range found.Read {
			all = append(all, jsonobject.Object{
				{"what", "read"}, {"kind", r.Kind.String()}, {"source", r.Name}, {"file", r.Path}, {"form", r.Form}, {"rows", r.Rows}, {"left_out", r.LeftOut}, {"superseded", r.Superseded},
			})
		}
	}
	for _, p := range found.Unused {
		all = append(all, jsonobject.Object{{"what", "idle"}, {"file", p.File}, {"line", p.Line}, {"column", p.Column}, {"message", p.Text}})
	}
	for _, e := range ruleNotes(found) {
		all = append(all, lossFinding("rule", e))
	}
	if found.Loaded != nil {
		for _, r := range found.Results() {
			all = append(all, suspectFindings(&r.Report)...)
		}
		for _, r := range found.Results() {
			for _, e := range r.Losses {
				all = append(all, lossFinding(r.Report.Kind, e))
			}
			all = append(all, reportFindings(&r.Report)...)
		}
	}
	for _, o := range all {
		if err := term.WriteJSON(out, o); err != nil {
			return err
		}
	}
	return nil
}

// errorFinding returns the finding for an error, with its place if it has one.
func errorFinding(err error) jsonobject.Object {
	o := jsonobject.Object{{"what", "error"}}
	var inFile *problem.InFile
	var source *merge.SourceError
	switch {
	case errors.As(err, &inFile):
		return append(o, jsonobject.Member{"file", inFile.File}, jsonobject.Member{"line", inFile.Line}, jsonobject.Member{"column", inFile.Column}, jsonobject.Member{"message", problem.ShortenQuoted(inFile.Text)})
	case errors.As(err, &source) && source.Line > 0:
		return append(o, jsonobject.Member{"file", source.Path}, jsonobject.Member{"line", source.Line}, jsonobject.Member{"column", source.Column}, jsonobject.Member{"message", problem.ShortenQuoted(source.Err.Error())})
	}
	return append(o, jsonobject.Member{"message", problem.ShortenQuoted(err.Error())})
}

// lossFinding returns the finding for a loss, or for a note.
func lossFinding(kind string, e *entity.RowError) jsonobject.Object {
	o := jsonobject.Object{{"what", "loss"}}
	if e.Loss == entity.Note {
		o[0].Value = "note"
	}
	o = append(o, jsonobject.Member{"kind", kind}, jsonobject.Member{"source", e.Source}, jsonobject.Member{"file", e.Path}, jsonobject.Member{"line", e.Line}, jsonobject.Member{"column", e.Column})
	if e.Loss != entity.Note {
		o.Add("lost", string(e.Loss))
	}
	return append(o, jsonobject.Member{"field", e.Field}, jsonobject.Member{"reason", e.Reason}, jsonobject.Member{"value", e.Value}, jsonobject.Member{"message", problem.ShortenQuoted(e.Err.Error())})
}

// suspectFindings returns the entities that probably describe several machines or people.
func suspectFindings(r *merge.Report) []jsonobject.Object {
	var all []jsonobject.Object
	for _, c := range r.Contradictions {
		all = append(all, jsonobject.Object{
			{"what", "contradiction"},
			{"kind", r.Kind},
			{"key", c.Key},
			{"id", c.ID},
			{"names", c.Names},
			{"joined_by", c.JoinedBy},
			{"between", c.Between},
			{"rows", c.Rows},
			{"made_of", c.By},
		})
	}
	for _, e := range r.Large {
		all = append(all, jsonobject.Object{
			{"what", "large_entity"}, {"kind", r.Kind}, {"key", e.Key}, {"id", e.ID}, {"rows", e.Rows}, {"keys", e.Keys}, {"names", e.Names}, {"shared", e.Shared},
		})
	}
	return all
}

// reportFindings returns the decisions of merging the lists of one kind.
func reportFindings(r *merge.Report) []jsonobject.Object {
	var all []jsonobject.Object
	for _, k := range r.SharedKeys {
		all = append(all, jsonobject.Object{{"what", "shared_key"}, {"kind", r.Kind}, {"key", k.Key}, {"rows", k.Rows}, {"carried_by", k.By}})
	}
	for _, k := range r.Collisions {
		all = append(all, jsonobject.Object{{"what", "collision"}, {"kind", r.Kind}, {"key", k.Key}, {"why", k.Why}, {"winner", k.Winner}, {"losers", k.Losers}})
	}
	for _, field := range slices.Sorted(maps.Keys(r.Conflicts)) {
		all = append(all, jsonobject.Object{{"what", "conflict"}, {"kind", r.Kind}, {"field", field}, {"entities", r.Conflicts[field]}, {"keys", append([]string{}, r.ConflictKeys[field]...)}})
	}
	for _, field := range slices.Sorted(maps.Keys(r.Cut)) {
		all = append(all, jsonobject.Object{{"what", "cut"}, {"kind", r.Kind}, {"field", field}, {"values", r.Cut[field]}})
	}
	for _, origin := range r.LeftOut {
		all = append(all, jsonobject.Object{{"what", "left_out"}, {"kind", r.Kind}, {"source", origin.Source}, {"line", origin.Line}})
	}
	return all
}
