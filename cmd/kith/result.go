package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
)

// resultWriter writes the results of looking up keys in one of lookupForms.
type resultWriter struct {
	form    string
	w       io.Writer
	style   term.Style
	lists   *explain.Explainer
	options explain.Options
}

// write writes the results for a key, or that there are none.
func (w *resultWriter) write(key string, found []explain.Result) error {
	if w.form == "table" {
		return w.writeTable(key, found)
	}
	write := term.WriteJSON
	if w.form == "yaml" {
		write = term.WriteYAML
	}
	if len(found) == 0 {
		return write(w.w, jsonobject.Object{{"key", key}, {"found", false}})
	}
	for _, a := range found {
		if err := write(w.w, a); err != nil {
			return err
		}
	}
	return nil
}

// writeTable writes results for people.
func (w *resultWriter) writeTable(key string, found []explain.Result) error {
	var b strings.Builder
	for _, a := range found {
		writeHeadline(&b, a, w.style)
		writeFields(&b, a, w.style)
		writeNetworks(&b, a, w.style)
		writeRows(&b, a, w.style)
		b.WriteByte('\n')
	}
	if len(found) == 0 {
		w.writeNothing(&b, key)
	}
	_, err := io.WriteString(w.w, b.String())
	return err
}

// writeNothing writes that a key leads to no entity, and a possible reason.
func (w *resultWriter) writeNothing(b *strings.Builder, key string) {
	fmt.Fprintf(b, "%s  nothing answers%s\n", w.style.Bold(problem.Plain(key)), inZone(w.options.Zone))
	switch zones := w.lists.OtherZones(key, w.options); {
	case explain.IsPlaceholder(key):
		b.WriteString("  it is a placeholder that names nobody, and is never looked up\n")
	case len(zones) > 0:
		for _, z := range zones {
			fmt.Fprintf(b, "  %s answers it: --zone %s\n", zoneText(z), flagValue(string(z)))
		}
	default:
		if near, ok := w.lists.Nearest(key, w.options); ok {
			fmt.Fprintf(b, "  did you mean %s?\n", problem.Plain(near))
		}
	}
	b.WriteByte('\n')
}

func zoneText(z entity.Zone) string {
	if z == "" {
		return "the unnamed zone"
	}
	return "zone " + problem.Plain(string(z))
}

// inZone names a zone, if it has a name.
func inZone(z entity.Zone) string {
	if z == "" {
		return ""
	}
	return " in " + zoneText(z)
}

// fewOf joins the first n texts and counts the rest.
func fewOf(texts []string, n int) string {
	if len(texts) <= n {
		return strings.Join(texts, "  ")
	}
	return fmt.Sprintf("%s  and %s more", strings.Join(texts[:n], "  "), problem.Thousands(len(texts)-n))
}

func flagValue(s string) string {
	if s == "" || problem.Plain(s) != s || strings.ContainsAny(s, " \"'$\\") {
		return strconv.Quote(s)
	}
	return s
}

func writeHeadline(b *strings.Builder, a explain.Result, s term.Style) {
	fmt.Fprintf(b, "%s  %s %s\n", s.Bold(problem.Plain(a.Key())), a.Kind(), s.Dim(a.ID()))
	fmt.Fprintf(b, "  %s%s\n", problem.Plain(howMatched(a)), inZone(a.Zone()))
	var g term.Grid
	g.AddRow("keys", fewOf(a.Keys(), 12))
	if tags := a.Tags(); len(tags) > 0 {
		g.AddRow("tags", strings.Join(tags, "  "))
	}
	g.Print(b, "  ")
}

// howMatched describes which key and which step matched.
func howMatched(a explain.Result) string {
	query := fold.Trim(a.Query)
	switch a.Step {
	case entity.StepPrefix:
		return fmt.Sprintf("%s lies inside %s", query, a.Matched)
	case entity.StepMACRange:
		return fmt.Sprintf("%s lies in the range %s", query, a.Matched)
	case entity.StepSuffix:
		return fmt.Sprintf("%s lies below %s", query, a.Matched)
	case entity.StepDomain:
		return fmt.Sprintf("%s without its domain is the key %s", query, a.Matched)
	case entity.StepLocalPart:
		return fmt.Sprintf("%s before its @ is the key %s", query, a.Matched)
	}
	if query == a.Matched {
		return query + " is its key"
	}
	return fmt.Sprintf("%s is its key %s", query, a.Matched)
}

// writeFields writes every value with the row that states it, those that are not kept
// dimmed, and what networks fill.
func writeFields(b *strings.Builder, a explain.Result, s term.Style) {
	var g term.Grid
	g.AddRow("field", "value", "stated by")
	g.SetLook(s.Dim)
	last := ""
	for _, v := range a.Values() {
		name := v.Field
		if name == last {
			name = ""
		}
		last = v.Field
		switch {
		case !v.Kept:
			g.AddRow(name, v.Value, placeOf(v.Source, v.Line), a.WhyNotKept(v))
			g.SetLook(s.Dim)
		case v.Source == "":
			g.AddRow(name, v.Value, "implied")
		default:
			g.AddRow(name, v.Value, placeOf(v.Source, v.Line))
		}
	}
	for _, f := range a.Filled {
		g.AddRow(f.Field, textOf(f.Value), "filled from "+f.Prefix.String())
	}
	b.WriteByte('\n')
	g.Print(b, "  ")
}

// textOf returns the values of a JSON value in one line.
func textOf(value json.RawMessage) string {
	var many []string
	if json.Unmarshal(value, &many) == nil {
		return strings.Join(many, "  ")
	}
	var one string
	if json.Unmarshal(value, &one) == nil {
		return one
	}
	return string(value) // a number
}

// writeNetworks writes the networks around the key, most specific first.
func writeNetworks(b *strings.Builder, a explain.Result, s term.Style) {
	if len(a.Covering) == 0 {
		return
	}
	var g term.Grid
	g.AddRow("inside", "owner", "priority", "category")
	g.SetLook(s.Dim)
	for _, c := range a.Covering {
		row := []string{c.Prefix.String()}
		for _, name := range []string{"owner", "priority", "category"} {
			row = append(row, c.Owner.Text(name))
		}
		g.AddRow(row...)
	}
	b.WriteByte('\n')
	g.Print(b, "  ")
}

// manyRows is how many rows of an entity are written before the rest is counted.
const manyRows = 25

// writeRows writes the rows and the keys that joined them.
func writeRows(b *strings.Builder, a explain.Result, s term.Style) {
	var g term.Grid
	rows := a.Rows()
	g.AddRow("made of "+problem.Plural(len(rows), "row"), "")
	g.SetLook(s.Dim)
	for i, r := range rows {
		if i == manyRows {
			g.AddRow("and " + problem.Thousands(len(rows)-i) + " more")
			break
		}
		joined := ""
		if r.JoinedBy != "" {
			joined = "joined by " + r.JoinedBy
		}
		g.AddRow(placeOf(r.Source, r.Line), joined)
	}
	b.WriteByte('\n')
	g.Print(b, "  ")
}

// placeOf writes where a row stands.
func placeOf(source string, line int) string {
	if source == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", source, line)
}
