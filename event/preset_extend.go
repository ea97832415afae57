package event

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/nearest"
)

// ConvertPresetFiles returns the presets that files describe, in the same order. They may
// extend each other and shipped presets. The name of an extended preset is that of one of
// the files, or else of a shipped preset; a preset that extends its own name extends the
// shipped preset that it replaces. The presets share no slices or maps with the files. The
// error joins a [*PresetError] for each mistake, in the order of the files.
func ConvertPresetFiles(files []PresetFile) ([]Preset, error) {
	l := presetLinker{files: files, converted: make([]convertedPreset, len(files))}
	presets := slices.Grow([]Preset(nil), len(files))[:len(files)]
	var errs []error
	for i := range files {
		l.link(i)
		presets[i] = clonePreset(l.converted[i].preset)
	}
	for i := range files {
		errs = append(errs, l.converted[i].errs...)
	}
	if len(errs) == 0 {
		errs = append(errs, checkMarkCount(presets))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return presets, nil
}

// presetLinker converts files, each after the one that it extends.
type presetLinker struct {
	files     []PresetFile
	converted []convertedPreset // by index of the file
	open      []int             // the files in conversion, each extends the next
}

// convertedPreset is the result of converting one file.
type convertedPreset struct {
	preset Preset
	errs   []error
	done   bool
}

// link converts the file with that index, and before it the one that it extends.
func (l *presetLinker) link(i int) {
	out := &l.converted[i]
	if out.done {
		return
	}
	l.open = append(l.open, i)
	c := presetConverter{file: l.files[i], index: i}
	c.base = l.baseOf(&c)
	l.open = l.open[:len(l.open)-1]
	out.preset = extendPreset(c.convert(), c.base)
	if c.file.Name != "" && l.fileNamed(c.file.Name) < i {
		c.reportError("name", "two presets are named %q: rename one of them", c.file.Name)
	}
	out.errs, out.done = c.errs, true
}

// baseOf returns the preset that a file extends, an empty one if it extends none. It
// reports an unknown preset and a preset that extends itself.
func (l *presetLinker) baseOf(c *presetConverter) Preset {
	name := c.file.Extends
	if name == "" {
		return Preset{}
	}
	if i := l.fileNamed(name); name != c.file.Name && i < len(l.files) {
		if at := slices.Index(l.open, i); at >= 0 {
			c.reportError("extends", "%s, so each would extend itself: remove one of these lines", l.describeCycle(l.open[at:]))
			return Preset{}
		}
		l.link(i)
		return l.converted[i].preset
	}
	shipped, ok := PresetByName(name)
	switch {
	case ok:
	case name == c.file.Name:
		c.reportError("extends", "%q is this preset, and no shipped preset has the name: use one of %s", name, strings.Join(PresetNames(), " "))
	default:
		c.reportError("extends", "unknown preset %q%s", name, l.adviceFor(name))
	}
	return shipped
}

// fileNamed returns the index of the first file of that name, or the number of files if
// there is none.
func (l *presetLinker) fileNamed(name string) int {
	if i := slices.IndexFunc(l.files, func(f PresetFile) bool { return f.Name == name }); i >= 0 {
		return i
	}
	return len(l.files)
}

// describeCycle describes files of which each extends the next, and the last the first.
func (l *presetLinker) describeCycle(cycle []int) string {
	var s strings.Builder
	for _, i := range cycle {
		fmt.Fprintf(&s, "%q extends ", l.files[i].Name)
	}
	fmt.Fprintf(&s, "%q", l.files[cycle[0]].Name)
	return s.String()
}

// adviceFor returns a hint for an unknown preset: the most similar name, or all names.
func (l *presetLinker) adviceFor(name string) string {
	known := PresetNames()
	for _, f := range l.files {
		if f.Name != "" && !slices.Contains(known, f.Name) {
			known = append(known, f.Name)
		}
	}
	if near, ok := nearest.Of(name, known); ok {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ": use one of " + strings.Join(known, " ")
}

// extendPreset returns p with the groups, prefixes, null tokens, aliases and times of base
// after its own.
func extendPreset(p, base Preset) Preset {
	p.Prefixes = appendNew(p.Prefixes, base.Prefixes)
	p.EitherCase = p.EitherCase || base.EitherCase
	p.Lists = append(p.Lists, base.Lists...)
	p.Null = appendNew(p.Null, base.Null)
	p.Times = appendNew(p.Times, base.Times)
	for _, a := range base.Aliases {
		if i := slices.IndexFunc(p.Aliases, func(own Alias) bool { return own.Field == a.Field }); i >= 0 {
			p.Aliases[i].Also = appendNew(p.Aliases[i].Also, a.Also)
		} else {
			p.Aliases = append(p.Aliases, a)
		}
	}
	var roles []PresetRole
	for _, name := range RoleNames() {
		own, has := p.Role(name)
		inherited, hasBase := base.Role(name)
		if has || hasBase {
			roles = append(roles, PresetRole{Name: name, Groups: append(own.Groups, inherited.Groups...)})
		}
	}
	p.Roles = roles
	return p
}

// appendNew appends those of more that list does not contain.
func appendNew(list, more []string) []string {
	for _, text := range more {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// clonePreset returns a copy of p that shares no slices with it.
func clonePreset(p Preset) Preset {
	p.Prefixes, p.Null, p.Times = slices.Clone(p.Prefixes), slices.Clone(p.Null), slices.Clone(p.Times)
	p.Aliases, p.Roles = slices.Clone(p.Aliases), slices.Clone(p.Roles)
	for i := range p.Aliases {
		p.Aliases[i].Also = slices.Clone(p.Aliases[i].Also)
	}
	p.Lists = slices.Clone(p.Lists)
	for i := range p.Lists {
		l := &p.Lists[i]
		l.Paths, l.Name, l.Value, l.Names = slices.Clone(l.Paths), slices.Clone(l.Name), slices.Clone(l.Value), slices.Clone(l.Names)
		for j := range l.Names {
			l.Names[j].Names = slices.Clone(l.Names[j].Names)
		}
	}
	for i := range p.Roles {
		r := &p.Roles[i]
		r.Groups = slices.Clone(r.Groups)
		for j := range r.Groups {
			r.Groups[j] = cloneGroup(r.Groups[j])
		}
	}
	return p
}

func cloneGroup(g PresetGroup) PresetGroup {
	return PresetGroup{Paths: slices.Clone(g.Paths), When: cloneClauses(g.When)}
}
