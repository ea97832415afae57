package main

import (
	"fmt"
	"go/format"
	"strconv"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

// printer writes Go source, which is formatted afterwards.
type printer struct{ strings.Builder }

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p, format, args...)
	p.WriteByte('\n')
}

// code returns the Go tables. They are functions, so that no caller can change the
// table of another.
func (d *data) code() ([]byte, error) {
	p := &printer{}
	p.line("// Code generated from presets/*.yaml; DO NOT EDIT.\n")
	p.line("package event\n")
	p.line("import \"github.com/kithsec/kith/entity\"\n")
	p.line("const fallbackPreset = %q\n", d.auto.Else)
	p.line("func shippedPresets() []Preset {\nreturn []Preset{")
	for _, t := range d.presets {
		p.preset(t)
	}
	p.line("}\n}\n")
	p.line("func recognitions() []recognition {\nreturn []recognition{")
	for _, o := range d.auto.Order {
		var all []string
		for _, any := range o.All {
			all = append(all, "{"+quoted(any)+"}")
		}
		p.line("{preset: %q, all: [][]string{%s}},", o.Preset, strings.Join(all, ", "))
	}
	p.line("}\n}\n")
	p.line("func objects() []object {\nreturn []object{")
	for _, o := range d.auto.Keys {
		p.line("{name: %q, keys: []string{", o.Key)
		keys, _ := o.Value.([]any)
		for _, k := range keys {
			p.line("%q,", k)
		}
		p.line("}},")
	}
	p.line("}\n}")
	return format.Source([]byte(p.String()))
}

func (p *printer) preset(t event.Preset) {
	p.line("{\nName: %q,", t.Name)
	p.line("Prefixes: []string{%s},", quoted(t.Prefixes))
	if len(t.Aliases) > 0 {
		p.line("Aliases: []Alias{")
		for _, a := range t.Aliases {
			p.line("{Field: %q, Also: []string{%s}},", a.Field, quoted(a.Also))
		}
		p.line("},")
	}
	if len(t.Null) > 0 {
		p.line("Null: []string{%s},", quoted(t.Null))
	}
	p.line("Roles: []PresetRole{")
	for _, r := range t.Roles {
		p.line("{Name: %q, Groups: []PresetGroup{", r.Name)
		for _, g := range r.Groups {
			p.group(g)
		}
		p.line("}},")
	}
	p.line("},\n},")
}

func (p *printer) group(g event.PresetGroup) {
	var paths []string
	for _, path := range g.Paths {
		paths = append(paths, fields("Field", path.Field, "After", path.After, "Value", path.Value))
	}
	if len(g.When) == 0 {
		p.line("{Paths: []PresetPath{%s}},", strings.Join(paths, ", "))
		return
	}
	p.line("{\nPaths: []PresetPath{%s},\nWhen: []entity.Clause{", strings.Join(paths, ", "))
	for _, c := range g.When {
		p.line("%s,", clause(c))
	}
	p.line("},\n},")
}

func clause(c entity.Clause) string {
	value := ""
	if len(c.Value) > 0 {
		value = fmt.Sprintf(", Value: entity.Literals{%s}", quoted(c.Value))
	}
	s := fields("Field", c.Field, "Op", c.Op, "ValueField", c.ValueField)
	return strings.TrimSuffix(s, "}") + value + "}"
}

// fields writes a composite literal of the fields that are not empty.
func fields(pairs ...string) string {
	var set []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			set = append(set, pairs[i]+": "+strconv.Quote(pairs[i+1]))
		}
	}
	return "{" + strings.Join(set, ", ") + "}"
}

func quoted(values []string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = strconv.Quote(v)
	}
	return strings.Join(all, ", ")
}
