package event

import (
	"fmt"
	"slices"
)

// Format is a preset as a [Schema] reads it.
type Format struct {
	name   string
	nulls  *nulls
	roles  []Role // that are read, ascending
	byRole [NumRoles]*rolePaths
}

// Name returns the name of the preset.
func (f *Format) Name() string { return f.name }

// Roles returns the roles that are read from the events of the format.
func (f *Format) Roles() []Role { return f.roles }

// IsNull reports whether a trimmed text is a null token of the format.
func (f *Format) IsNull(text []byte) bool { return f.nulls.has(text) }

// MayHave reports whether an event whose only paths are those for which has is
// true can have a candidate for a role.
func (f *Format) MayHave(role Role, has func(Path) bool) bool {
	r := f.byRole[role]
	return r != nil && slices.ContainsFunc(r.groups, func(g group) bool { return g.mayHave(has) })
}

// rolePaths are the groups of paths of one role. The first group of which the
// event has a value counts.
type rolePaths struct {
	groups []group
	paths  mask     // of all groups
	uses   []Path   // the same, and those of conditions
	rare   bool     // testing whether the event has any of paths pays off
	quick  bool     // the first group consists of plain fields in ascending order
	first  maskWord // its paths, if quick
}

type group struct {
	when   *Condition // nil if there is none
	paths  []groupPath
	order  []Path     // all spellings of the paths
	wants  mask       // the same
	words  []maskWord // the same
	fields bool       // every path is a plain field
	sorted bool       // order ascends
	always bool       // it has a constant
}

// groupPath is a path of a group by all of its spellings, or a constant.
type groupPath struct {
	spellings []Path
	after     []byte // the value is what follows this; empty takes all of it
	constant  []byte
}

// format compiles a preset for the roles that are read.
func (b *Builder) format(p *Preset, roles []Role) (Format, error) {
	f := Format{name: p.Name, nulls: newNulls(p.Null)}
	for i := range p.Roles {
		r := &p.Roles[i]
		role, ok := ParseRole(r.Name)
		if !ok {
			return f, fmt.Errorf("preset %q: unknown role %q", p.Name, r.Name)
		}
		paths := &rolePaths{}
		var err error
		paths.uses = b.uses(func() { err = b.groups(p, r, f.nulls, paths) })
		if err != nil {
			return f, fmt.Errorf("preset %q: role %s: %w", p.Name, r.Name, err)
		}
		if slices.Contains(roles, role) {
			f.roles = append(f.roles, role)
			f.byRole[role] = paths
		}
	}
	if len(p.Prefixes) == 0 {
		return f, fmt.Errorf("preset %q has no prefixes", p.Name)
	}
	slices.Sort(f.roles)
	return f, nil
}

// groups compiles the groups of one role.
func (b *Builder) groups(p *Preset, r *PresetRole, nulls *nulls, to *rolePaths) error {
	for i := range r.Groups {
		g, err := b.group(p, &r.Groups[i], nulls)
		if err != nil {
			return err
		}
		to.add(g)
	}
	return nil
}

func (b *Builder) group(p *Preset, g *PresetGroup, nulls *nulls) (group, error) {
	out := group{fields: true}
	if len(g.When) > 0 {
		when, err := b.condition(g.When, p.Spellings)
		if err != nil {
			return out, fmt.Errorf("when: %w", err)
		}
		when.nulls, when.verbatim = nulls, false
		out.when = when
	}
	for _, path := range g.Paths {
		compiled := groupPath{after: []byte(path.After)}
		if path.Value != "" {
			compiled.constant = []byte(path.Value)
			out.always, out.fields = true, false
		} else {
			compiled.spellings = b.spellings(path.Field, p.Spellings)
			out.fields = out.fields && len(compiled.after) == 0
		}
		for _, p := range compiled.spellings {
			out.order = append(out.order, p)
			out.wants.add(p)
			out.fields = out.fields && !b.schema.isThrough(p)
		}
		out.paths = append(out.paths, compiled)
	}
	out.sorted, out.words = slices.IsSorted(out.order), out.wants.words()
	return out, nil
}

func (r *rolePaths) add(g group) {
	for _, p := range g.order {
		r.paths.add(p)
	}
	r.groups = append(r.groups, g)
	always := slices.ContainsFunc(r.groups, func(g group) bool { return g.always })
	r.rare = !always && len(r.groups) > 1
	first := &r.groups[0]
	r.quick = first.fields && first.sorted && first.when == nil && len(first.wants.more) == 0
	r.first = first.wants.maskWord
}

// isThrough reports whether a path goes through an array.
func (s *Schema) isThrough(p Path) bool { return int(p) < len(s.each) && s.each[p] != nil }

func (g *group) mayHave(has func(Path) bool) bool {
	return slices.ContainsFunc(g.paths, func(p groupPath) bool {
		return slices.ContainsFunc(p.spellings, has) || p.constant != nil && g.when.mayHold(has)
	})
}
