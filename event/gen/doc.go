package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

// doc returns text with its generated parts written anew. A part stands between
// two comments, "<!-- cim -->" and "<!-- /cim -->": the table of that preset,
// or the order of recognition, "auto".
func (d *data) doc(text []byte) ([]byte, error) {
	s := string(text)
	var err error
	for _, f := range d.files {
		if s, err = replace(s, f.Name, table(f)); err != nil {
			return nil, err
		}
	}
	s, err = replace(s, event.Auto, d.auto.table())
	return []byte(s), err
}

func replace(text, name, part string) (string, error) {
	begin, end := fmt.Sprintf("<!-- %s -->\n", name), fmt.Sprintf("<!-- /%s -->\n", name)
	before, rest, ok := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("no part between %q and %q", begin, end)
	}
	return before + begin + part + end + after, nil
}

func table(f event.PresetFile) string {
	var b strings.Builder
	b.WriteString("| role | paths |\n|---|---|\n")
	for _, role := range event.RoleNames() {
		groups := f.Roles[role]
		if len(groups) == 0 {
			continue
		}
		var all []string
		for _, g := range groups {
			all = append(all, group(g))
		}
		fmt.Fprintf(&b, "| %s | %s |\n", role, strings.Join(all, " / "))
	}
	extra(&b, "prefixes", f.Prefixes)
	for _, field := range sorted(f.Aliases) {
		extra(&b, code(field)+" also as", f.Aliases[field])
	}
	extra(&b, "null, too", f.Null)
	return b.String()
}

func extra(b *strings.Builder, name string, values []string) {
	if len(values) > 0 {
		fmt.Fprintf(b, "| %s | %s |\n", name, listed(values, ", "))
	}
}

func sorted(m map[string][]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func group(g event.PresetFileGroup) string {
	var paths []string
	for _, p := range g.Paths {
		paths = append(paths, path(p))
	}
	s := strings.Join(paths, ", ")
	for i, c := range g.When {
		s += []string{" if ", " and "}[min(i, 1)] + words(c)
	}
	return s
}

func path(p event.PresetFilePath) string {
	switch {
	case p.Value != "":
		return "the text " + code(p.Value)
	case p.After != "":
		return fmt.Sprintf("%s after %s", code(p.Field), code(p.After))
	}
	return code(p.Field)
}

func words(c entity.Clause) string {
	other := listed(c.Value, " or ")
	if c.ValueField != "" {
		other = code(c.ValueField)
	}
	switch c.Op {
	case "exists":
		return code(c.Field) + " is present"
	case "=":
		return code(c.Field) + " is " + other
	case "!=":
		return code(c.Field) + " is not " + other
	}
	return code(c.Field) + " " + c.Op + " " + other
}

func listed(values []string, separator string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = code(v)
	}
	return strings.Join(all, separator)
}

// code writes a text as it must be typed; nothing is "none".
func code(s string) string {
	if s == "" {
		return "none"
	}
	return "`" + strings.ReplaceAll(s, "|", `\|`) + "`"
}

func (a *auto) table() string {
	var b strings.Builder
	b.WriteString("| preset | if the event has |\n|---|---|\n")
	for _, o := range a.Order {
		var all []string
		for _, any := range o.All {
			all = append(all, listed(any, " or "))
		}
		fmt.Fprintf(&b, "| %s | %s |\n", o.Preset, strings.Join(all, ", and "))
	}
	fmt.Fprintf(&b, "| %s | none of these |\n", a.Else)
	return b.String()
}
