package main

import (
	"fmt"
	"go/format"
	"strconv"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

// printer collects Go source that is not formatted yet.
type printer struct{ strings.Builder }

func (p *printer) writeLine(format string, args ...any) {
	fmt.Fprintf(p, format, args...)
	p.WriteByte('\n')
}

// generateGo returns the source of the Go tables. They are functions instead of
// variables, so that a caller cannot change the table that another one gets.
func (d *presetSet) generateGo() ([]byte, error) {
	p := &printer{}
	p.writeLine("// Code generated from presets/*.yaml; DO NOT EDIT.\n")
	p.writeLine("package event\n")
	p.writeLine("import \"github.com/kithsec/kith/entity\"\n")
	p.writeLine("const fallbackPreset = %q\n", d.auto.Else)
	p.writeLine("func shippedPresets() []Preset {\nreturn []Preset{")
	for _, t := range d.presets {
		p.writePreset(t)
	}
	p.writeLine("}\n}\n")
	p.writeLine("func formatRules() []formatRule {\nreturn []formatRule{")
	for _, o := range d.auto.Order {
		var all []string
		for _, any := range o.All {
			all = append(all, "{"+quoteAll(any)+"}")
		}
		then := ""
		if o.Then != "" {
			then = fmt.Sprintf("then: %q, ", o.Then)
		}
		p.writeLine("{preset: %q, %sall: [][]string{%s}},", o.Preset, then, strings.Join(all, ", "))
	}
	p.writeLine("}\n}")
	return format.Source([]byte(p.String()))
}

func (p *printer) writePreset(t event.Preset) {
	p.writeLine("{\nName: %q,", t.Name)
	p.writeLine("Prefixes: []string{%s},", quoteAll(t.Prefixes))
	if t.EitherCase {
		p.writeLine("EitherCase: true,")
	}
	if len(t.Lists) > 0 {
		p.writeLine("Lists: []PresetList{")
		for _, l := range t.Lists {
			p.writeList(l)
		}
		p.writeLine("},")
	}
	if len(t.Aliases) > 0 {
		p.writeLine("Aliases: []Alias{")
		for _, a := range t.Aliases {
			p.writeLine("{Field: %q, Also: []string{%s}},", a.Field, quoteAll(a.Also))
		}
		p.writeLine("},")
	}
	if len(t.Null) > 0 {
		p.writeLine("Null: []string{%s},", quoteAll(t.Null))
	}
	p.writeLine("Roles: []PresetRole{")
	for _, r := range t.Roles {
		p.writeLine("{Name: %q, Groups: []PresetGroup{", r.Name)
		for _, g := range r.Groups {
			p.writeGroup(g)
		}
		p.writeLine("}},")
	}
	p.writeLine("},")
	if len(t.Times) > 0 {
		p.writeLine("Times: []string{%s},", quoteAll(t.Times))
	}
	p.writeLine("},")
}

func (p *printer) writeList(l event.PresetList) {
	p.writeLine("{\nPaths: []string{%s},", quoteAll(l.Paths))
	if l.By != "" {
		p.writeLine("By: %q,\nNames: []ListNames{", l.By)
		for _, n := range l.Names {
			p.writeLine("{By: %q, Names: []string{%s}},", n.By, quoteAll(n.Names))
		}
		p.writeLine("},\n},")
		return
	}
	p.writeLine("Name: []string{%s},\nValue: []string{%s},\n},", quoteAll(l.Name), quoteAll(l.Value))
}

func (p *printer) writeGroup(g event.PresetGroup) {
	var paths []string
	for _, path := range g.Paths {
		literal := structLiteral("Field", path.Field, "After", path.After, "AfterLast", path.AfterLast, "Before", path.Before,
			"Take", path.Take, "Domain", path.Domain, "Value", path.Value)
		if path.Wire {
			literal = strings.TrimSuffix(literal, "}") + ", Wire: true}"
		}
		paths = append(paths, literal)
	}
	if len(g.When) == 0 {
		p.writeLine("{Paths: []PresetPath{%s}},", strings.Join(paths, ", "))
		return
	}
	p.writeLine("{\nPaths: []PresetPath{%s},\nWhen: []entity.Clause{", strings.Join(paths, ", "))
	for _, c := range g.When {
		p.writeLine("%s,", clauseLiteral(c))
	}
	p.writeLine("},\n},")
}

func clauseLiteral(c entity.Clause) string {
	value := ""
	if len(c.Value) > 0 {
		value = fmt.Sprintf(", Value: entity.Literals{%s}", quoteAll(c.Value))
	}
	s := structLiteral("Field", c.Field, "Op", c.Op, "ValueField", c.ValueField)
	return strings.TrimSuffix(s, "}") + value + "}"
}

// structLiteral returns a composite literal with the fields that are not empty. Names
// and values of fields alternate in pairs.
func structLiteral(pairs ...string) string {
	var set []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			set = append(set, pairs[i]+": "+strconv.Quote(pairs[i+1]))
		}
	}
	return "{" + strings.Join(set, ", ") + "}"
}

func quoteAll(values []string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = strconv.Quote(v)
	}
	return strings.Join(all, ", ")
}
