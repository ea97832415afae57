package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
)

// resultWriter looks up keys and writes the results in one of lookupFormats.
type resultWriter struct {
	format  string
	w       io.Writer
	style   term.Style
	lists   *explain.Explainer
	options explain.Options
}

// writeResults writes the results for a key, or states that it was not found.
func (w *resultWriter) writeResults(key string, found []explain.Result) error {
	if w.format == "table" {
		return w.writeTable(key, found)
	}
	write := term.WriteJSON
	if w.format == "yaml" {
		write = term.WriteYAML
	}
	if len(found) == 0 {
		o := jsonobject.Object{{"key", key}, {"found", false}}
		if a, ok := w.lists.Ambiguity(key, w.options); ok {
			o.Add("form", a.Form)
			o.Add("candidates", keysOf(a.Assets))
		}
		return write(w.w, o)
	}
	for _, a := range found {
		if err := write(w.w, a); err != nil {
			return err
		}
	}
	return nil
}

// writeTable writes results as tables.
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
		w.writeNotFound(&b, key)
	}
	_, err := io.WriteString(w.w, b.String())
	return err
}

// writeNotFound writes that a key was not found, and what might help.
func (w *resultWriter) writeNotFound(b *strings.Builder, key string) {
	fmt.Fprintf(b, "%s  not found%s\n", w.style.Bold(problem.Plain(key)), inZone(w.options.Zone))
	switch zones := w.lists.OtherZones(key, w.options); {
	case explain.IsPlaceholder(key):
		b.WriteString("  it is a placeholder, which is never looked up\n")
	case w.writeAmbiguity(b, key):
	case len(zones) > 0:
		for _, z := range zones {
			fmt.Fprintf(b, "  found in %s: --zone %s\n", zoneText(z), flagValue(string(z)))
		}
	case w.whyNoAccount(key) != "":
		fmt.Fprintf(b, "  %s\n", w.whyNoAccount(key))
	default:
		w.writeSuggestion(b, key)
	}
	b.WriteByte('\n')
}

// writeAmbiguity writes the assets that a form of a key leads to if there are several, and
// reports whether there are.
func (w *resultWriter) writeAmbiguity(b *strings.Builder, key string) bool {
	a, ok := w.lists.Ambiguity(key, w.options)
	if ok {
		fmt.Fprintf(b, "  the form %s leads to %s: %s\n", a.Form, problem.Plural(len(a.Assets), "asset"), problem.Plain(joinFirst(keysOf(a.Assets), 5)))
	}
	return ok
}

// keysOf returns the canonical keys of entities.
func keysOf(all []explain.Entity) []string {
	var keys []string
	for _, e := range all {
		keys = append(keys, e.Key())
	}
	return keys
}

// writeSuggestion writes what to look up or to search for instead of a key that was not found.
func (w *resultWriter) writeSuggestion(b *strings.Builder, key string) {
	q, err := explain.ParseQuery(key)
	network := err == nil && q.Network.IsValid() && !q.Network.IsSingleIP()
	near, similar := "", false
	if q.Prefix != "" { // not a network only
		near, similar = w.lists.Nearest(key, w.options)
	}
	switch {
	case similar:
		fmt.Fprintf(b, "  did you mean %s?\n", problem.Plain(near))
	case network:
		fmt.Fprintf(b, "  to list the networks and hosts inside it: kith search %s\n", fold.Trim(key))
	}
}

// whyNoAccount returns why the account that a key names has no identity. It returns "" if
// identities are not looked up, or if the key does not name an account.
func (w *resultWriter) whyNoAccount(key string) string {
	if kinds := w.options.Kinds; len(kinds) > 0 && !slices.Contains(kinds, entity.Identity) {
		return ""
	}
	return w.lists.WhyNoAccount(key, w.options)
}

// zoneText names a zone.
func zoneText(z entity.Zone) string {
	if z == "" {
		return "the unnamed zone"
	}
	return "zone " + problem.Plain(string(z))
}

// inZone returns " in zone x", or "" for the unnamed zone.
func inZone(z entity.Zone) string {
	if z == "" {
		return ""
	}
	return " in " + zoneText(z)
}

// joinFirst joins the first n texts, and adds the number of the others.
func joinFirst(texts []string, n int) string {
	if len(texts) <= n {
		return strings.Join(texts, "  ")
	}
	return fmt.Sprintf("%s  and %s more", strings.Join(texts[:n], "  "), problem.Thousands(len(texts)-n))
}

// flagValue quotes a value for a shell if necessary.
func flagValue(s string) string {
	if s == "" || problem.Plain(s) != s || strings.ContainsAny(s, " \"'$\\") {
		return strconv.Quote(s)
	}
	return s
}

// indent precedes the lines below the first of a result.
const indent = "  "

// writeHeadline writes the entity of a result, the match, its keys and tags.
func writeHeadline(b *strings.Builder, a explain.Result, s term.Style) {
	fmt.Fprintf(b, "%s  %s %s\n", s.Bold(problem.Plain(a.Key())), a.Kind(), s.Dim(a.ID()))
	fmt.Fprintf(b, "  %s%s\n", problem.Plain(howMatched(a)), inZone(a.Zone()))
	var g term.Grid
	g.AddRow("keys", joinFirst(a.Keys(), 12))
	if tags := a.Tags(); len(tags) > 0 {
		g.AddRow("tags", strings.Join(tags, "  "))
	}
	g.WrapWidth(s.Width - len(indent))
	g.Print(b, indent)
}

// howMatched describes the key and the step that matched.
func howMatched(a explain.Result) string {
	query := fold.Trim(a.Query)
	switch a.Step {
	case entity.StepPrefix:
		return fmt.Sprintf("%s is inside %s", query, a.Matched)
	case entity.StepMACRange:
		return fmt.Sprintf("%s is in the range %s", query, a.Matched)
	case entity.StepForm:
		return fmt.Sprintf("%s is its key %s in the form %s", query, a.Matched, a.Form)
	case entity.StepSuffix:
		return fmt.Sprintf("%s is below %s", query, a.Matched)
	case entity.StepDomain:
		if strings.ContainsAny(a.Matched, `@\`) {
			return fmt.Sprintf("%s is the account %s", query, a.Matched)
		}
		return fmt.Sprintf("%s without its domain is the key %s", query, a.Matched)
	case entity.StepGuest:
		return fmt.Sprintf("%s is the guest %s", query, a.Matched)
	case entity.StepARN:
		return fmt.Sprintf("%s ends with the key %s", query, a.Matched)
	case entity.StepLocalPart:
		return fmt.Sprintf("%s without its @ part is the key %s", query, a.Matched)
	}
	if query == a.Matched {
		return query + " is its key"
	}
	return fmt.Sprintf("%s is its key %s", query, a.Matched)
}

// writeFields writes every value with the row that it comes from, the values that were
// not kept dimmed, and the fields that networks fill.
func writeFields(b *strings.Builder, a explain.Result, s term.Style) {
	var g term.Grid
	g.AddRow("field", "value", "source")
	g.StyleRow(s.Dim)
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
			g.StyleRow(s.Dim)
		case v.Source == "":
			g.AddRow(name, v.Value, "implied")
		default:
			g.AddRow(name, v.Value, placeOf(v.Source, v.Line))
		}
	}
	for _, f := range a.Filled {
		g.AddRow(f.Field, jsonText(f.Value), "filled from "+f.Prefix.String())
	}
	b.WriteByte('\n')
	g.WrapWidth(s.Width - len(indent))
	g.Print(b, indent)
}

// jsonText returns the text of a JSON value, or of all elements of an array.
func jsonText(value json.RawMessage) string {
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

// writeNetworks writes the networks around the key, the most specific first.
func writeNetworks(b *strings.Builder, a explain.Result, s term.Style) {
	if len(a.Covering) == 0 {
		return
	}
	var g term.Grid
	g.AddRow("inside", "owner", "priority", "category")
	g.StyleRow(s.Dim)
	for _, c := range a.Covering {
		row := []string{c.Prefix.String()}
		for _, name := range []string{"owner", "priority", "category"} {
			row = append(row, c.Owner.Text(name))
		}
		g.AddRow(row...)
	}
	b.WriteByte('\n')
	g.FitWidth(s.Width - len(indent))
	g.Print(b, indent)
}

// maxResultRows is how many rows of an entity are written; further ones are counted.
const maxResultRows = 25

// writeRows writes the rows of an entity and the keys that joined them.
func writeRows(b *strings.Builder, a explain.Result, s term.Style) {
	var g term.Grid
	rows := a.Rows()
	g.AddRow("made of "+problem.Plural(len(rows), "row"), "")
	g.StyleRow(s.Dim)
	for i, r := range rows {
		if i == maxResultRows {
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
	g.FitWidth(s.Width - len(indent))
	g.Print(b, indent)
}

// placeOf formats the place of a row as "source:line".
func placeOf(source string, line int) string {
	if source == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", source, line)
}
