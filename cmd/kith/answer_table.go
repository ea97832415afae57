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
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/nearest"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/merge"
)

// table writes answers for people.
func (w *answerWriter) table(key string, found []*answer) error {
	var b strings.Builder
	for _, a := range found {
		a.headline(&b, w.style)
		a.fieldTable(&b, w.style)
		a.networkTable(&b, w.style, w.finder.known[entity.Asset])
		a.rowTable(&b, w.style)
		b.WriteByte('\n')
	}
	if len(found) == 0 {
		w.nothing(&b, key)
	}
	_, err := io.WriteString(w.w, b.String())
	return err
}

// nothing says that no entity answers, and what may be the reason.
func (w *answerWriter) nothing(b *strings.Builder, key string) {
	fmt.Fprintf(b, "%s  nothing answers%s\n", w.style.Bold(problem.Plain(key)), inZone(w.finder.zone))
	switch zones := w.finder.zonesThatKnow(key); {
	case isPlaceholder(key):
		b.WriteString("  it is a placeholder that names nobody, and is never looked up\n")
	case len(zones) > 0:
		for _, z := range zones {
			fmt.Fprintf(b, "  %s answers it: --zone %s\n", zoneText(z), flagValue(string(z)))
		}
	default:
		if near, ok := w.finder.nearest(key); ok {
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

func (a *answer) headline(b *strings.Builder, s term.Style) {
	e := a.entities
	fmt.Fprintf(b, "%s  %s %s\n", s.Bold(problem.Plain(e.CanonicalKey(a.record))), e.Kind, s.Dim(e.Records[a.record].ID.String()))
	fmt.Fprintf(b, "  %s%s\n", problem.Plain(a.how()), inZone(entity.Zone(e.Zone(a.record))))
	var g term.Grid
	g.AddRow("keys", fewOf(a.keys(a.record), 12))
	if tags := a.tagger.Tags(a.record); len(tags) > 0 {
		g.AddRow("tags", strings.Join(tags, "  "))
	}
	g.Print(b, "  ")
}

// how says which key and which step matched.
func (a *answer) how() string {
	asked := fold.Trim(a.key)
	switch a.step {
	case entity.StepPrefix:
		return fmt.Sprintf("%s lies inside %s", asked, a.matched)
	case entity.StepMACRange:
		return fmt.Sprintf("%s lies in the range %s", asked, a.matched)
	case entity.StepSuffix:
		return fmt.Sprintf("%s lies below %s", asked, a.matched)
	case entity.StepDomain:
		return fmt.Sprintf("%s without its domain is the key %s", asked, a.matched)
	case entity.StepLocalPart:
		return fmt.Sprintf("%s before its @ is the key %s", asked, a.matched)
	}
	if asked == a.matched {
		return asked + " is its key"
	}
	return fmt.Sprintf("%s is its key %s", asked, a.matched)
}

// fieldTable shows every value with the row that states it, those that lost
// dimmed, and what networks would fill in.
func (a *answer) fieldTable(b *strings.Builder, s term.Style) {
	var g term.Grid
	g.AddRow("field", "value", "stated by")
	g.SetLook(s.Dim)
	last := ""
	for _, v := range a.provenance.Values(a.record) {
		name := v.Field
		if name == last {
			name = ""
		}
		last = v.Field
		switch {
		case !v.Kept:
			g.AddRow(name, v.Value, placeOf(v.Source, v.Line), a.why(v))
			g.SetLook(s.Dim)
		case v.Source == "":
			g.AddRow(name, v.Value, "implied")
		default:
			g.AddRow(name, v.Value, placeOf(v.Source, v.Line))
		}
	}
	for _, f := range a.filled {
		g.AddRow(f.name, f.text(), "filled from "+f.prefix.String())
	}
	b.WriteByte('\n')
	g.Print(b, "  ")
}

// text returns the values of a filled field in one line.
func (f *filledField) text() string {
	var many []string
	if json.Unmarshal(f.value, &many) == nil {
		return strings.Join(many, "  ")
	}
	var one string
	if json.Unmarshal(f.value, &one) == nil {
		return one
	}
	return string(f.value) // a number
}

// why says why a value is not kept: another one was chosen, or there are more
// than the field shows, or the key answers with somebody else.
func (a *answer) why(v merge.ValueOrigin) string {
	i, ok := a.entities.Field(v.Field)
	if !ok {
		return "lost"
	}
	f := &a.entities.Fields[i]
	if f.Multi && (a.entities.Kind == entities.Asset || f.Name != "identity") {
		return "beyond the limit"
	}
	if f.Key && f.Multi {
		return "not its key"
	}
	return "lost"
}

// networkTable shows the networks around the key, most specific first.
func (a *answer) networkTable(b *strings.Builder, s term.Style, assets *knowledge) {
	if len(a.covering) == 0 {
		return
	}
	var g term.Grid
	g.AddRow("inside", "owner", "priority", "category")
	g.SetLook(s.Dim)
	for _, c := range a.covering {
		row := []string{c.Prefix.String()}
		for _, name := range []string{"owner", "priority", "category"} {
			row = append(row, assets.text(int(c.Record), name))
		}
		g.AddRow(row...)
	}
	b.WriteByte('\n')
	g.Print(b, "  ")
}

// text returns the values of a field in one line.
func (k *knowledge) text(record int, field string) string {
	i, ok := k.entities.Field(field)
	if !ok {
		return ""
	}
	return strings.Join(k.entities.Values(record, i), "  ")
}

// manyRows is how many rows of an entity are shown before the rest is counted.
const manyRows = 25

// rowTable shows the rows and the keys that joined them.
func (a *answer) rowTable(b *strings.Builder, s term.Style) {
	var g term.Grid
	rows := a.provenance.Rows(a.record)
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

// nearest returns the key nearest to a misspelt one among the names of the zone
// that begin alike: nobody waits for a comparison with a million.
func (f *finder) nearest(key string) (string, bool) {
	const most = 20_000
	key = fold.Lower(fold.Trim(key))
	var names []string
	for _, kind := range f.kinds {
		e := f.known[kind].entities
		for record := range e.Len() {
			if entity.Zone(e.Zone(record)) != f.zone {
				continue
			}
			for k, text := range e.KeysOf(record) {
				if k.Class == schema.NameKey && alike(key, text) && len(names) < most {
					names = append(names, fold.Lower(text))
				}
			}
		}
	}
	slices.Sort(names)
	return nearest.Of(key, slices.Compact(names))
}

// alike reports whether a key may be a misspelling of a name: about as long.
func alike(key, name string) bool { return len(name)-len(key) <= 3 && len(key)-len(name) <= 3 }
