package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

// updateDoc returns text with its generated parts updated. A part is what lies
// between two comments, such as "<!-- cim -->" and "<!-- /cim -->" around the table
// of the preset cim. The part "auto" is the table of recognitionFile.
func (d *presetSet) updateDoc(text []byte) ([]byte, error) {
	s := string(text)
	var err error
	for _, f := range d.files {
		if s, err = replacePart(s, f.Name, presetTable(f)); err != nil {
			return nil, err
		}
	}
	s, err = replacePart(s, event.Auto, d.auto.recognitionTable())
	return []byte(s), err
}

// replacePart replaces the text between the two comments of a part.
func replacePart(text, name, part string) (string, error) {
	begin, end := fmt.Sprintf("<!-- %s -->\n", name), fmt.Sprintf("<!-- /%s -->\n", name)
	before, rest, ok := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("no part between %q and %q", begin, end)
	}
	return before + begin + part + end + after, nil
}

// presetTable returns the Markdown table of a preset.
func presetTable(f event.PresetFile) string {
	var b strings.Builder
	b.WriteString("| role | paths |\n|---|---|\n")
	for _, role := range event.RoleNames() {
		groups := f.Roles[role]
		if len(groups) == 0 {
			continue
		}
		var all []string
		for _, g := range groups {
			all = append(all, describeGroup(g))
		}
		fmt.Fprintf(&b, "| %s | %s |\n", role, strings.Join(all, " / "))
	}
	writeExtraRow(&b, "time", f.Times)
	writeExtraRow(&b, "prefixes", f.Prefixes)
	for _, l := range f.Lists {
		writeExtraRow(&b, "arrays of fields", l.Paths)
	}
	if f.EitherCase {
		b.WriteString("| first letter | of a field in either case |\n")
	}
	for _, field := range sortedKeys(f.Aliases) {
		writeExtraRow(&b, codeSpan(field)+" also as", f.Aliases[field])
	}
	writeExtraRow(&b, "also null", f.Null)
	return b.String()
}

func writeExtraRow(b *strings.Builder, name string, values []string) {
	if len(values) > 0 {
		fmt.Fprintf(b, "| %s | %s |\n", name, joinCode(values, ", "))
	}
}

func sortedKeys(m map[string][]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func describeGroup(g event.PresetFileGroup) string {
	var paths []string
	for _, p := range g.Paths {
		paths = append(paths, describePath(p))
	}
	s := strings.Join(paths, ", ")
	for i, c := range g.When {
		s += []string{" if ", " and "}[min(i, 1)] + describeClause(c)
	}
	return s
}

func describePath(p event.PresetFilePath) string {
	if p.Value != "" {
		return "the text " + codeSpan(p.Value)
	}
	s := codeSpan(p.Field) + describeCut(p) + describeDomain(p)
	if p.Wire {
		s += " (on the wire)"
	}
	return s
}

// describeCut returns what is written about the part of a value that a path takes, "" if
// it takes the whole.
func describeCut(p event.PresetFilePath) (s string) {
	for _, cut := range []struct{ words, separator string }{
		{" after ", p.After}, {" after the last ", p.AfterLast}, {" before ", p.Before},
	} {
		if cut.separator != "" {
			s += cut.words + codeSpan(cut.separator)
		}
	}
	if p.Take == event.TakeAddress {
		s += " (its address)"
	}
	return s
}

// describeDomain returns what is written about the domain of a path, "" if it has none.
func describeDomain(p event.PresetFilePath) string {
	if p.Domain == "" {
		return ""
	}
	return " (domain " + codeSpan(p.Domain) + ")"
}

func describeClause(c entity.Clause) string {
	other := joinCode(c.Value, " or ")
	if c.ValueField != "" {
		other = codeSpan(c.ValueField)
	}
	switch c.Op {
	case "exists":
		return codeSpan(c.Field) + " is present"
	case "=":
		return codeSpan(c.Field) + " is " + other
	case "!=":
		return codeSpan(c.Field) + " is not " + other
	}
	return codeSpan(c.Field) + " " + c.Op + " " + other
}

func joinCode(values []string, separator string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = codeSpan(v)
	}
	return strings.Join(all, separator)
}

// codeSpan returns a text as a code span of Markdown, or "none" if it is empty.
func codeSpan(s string) string {
	if s == "" {
		return "none"
	}
	return "`" + strings.ReplaceAll(s, "|", `\|`) + "`"
}

// recognitionTable returns the Markdown table of the rules that recognise presets.
func (a *recognitionFile) recognitionTable() string {
	var b strings.Builder
	b.WriteString("| preset | if the event has |\n|---|---|\n")
	for _, o := range a.Order {
		var all []string
		for _, any := range o.All {
			all = append(all, joinCode(any, " or "))
		}
		preset := o.Preset
		if o.Then != "" {
			preset += ", then " + o.Then
		}
		fmt.Fprintf(&b, "| %s | %s |\n", preset, strings.Join(all, ", and "))
	}
	fmt.Fprintf(&b, "| %s | none of these |\n", a.Else)
	return b.String()
}
