package event

import (
	"errors"
	"fmt"
	"slices"
)

// formatCompiler compiles presets into a format.
type formatCompiler struct {
	*Builder
	format *Format
}

// compileFormat compiles a preset. It adds the paths of all of its roles, but only
// the given roles are read. The groups of the further presets follow its own.
func (b *Builder) compileFormat(p *Preset, roles []Role, further ...Preset) (Format, error) {
	presets := append([]Preset{*p}, further...)
	f := Format{name: p.Name, nulls: newNulls(p.Null), roles: rolesOf(presets, roles)}
	c := formatCompiler{b, &f}
	var err error
	if b.readsTimes {
		c.addTimes(presets)
	} else if f.byRole, err = c.compileUsual(presets); err != nil {
		return f, err
	}
	f.listPaths = b.collectPaths(func() { err = c.addLists(presets) })
	return f, err
}

// compileUsual compiles the roles of presets, first those of their usual spellings, so that
// these have the lowest numbers.
func (c *formatCompiler) compileUsual(presets []Preset) (all roleTable, err error) {
	f := c.format
	hasRare := false
	var usually []Preset
	for _, p := range presets {
		usually, hasRare = append(usually, p.usual()), hasRare || p.hasRareSpellings()
	}
	if f.usual, err = c.compileRoles(usually); err != nil || !hasRare {
		return f.usual, err
	}
	if all, err = c.compileRoles(presets); err != nil {
		return all, err
	}
	var usual Set
	for _, role := range f.roles {
		for _, path := range f.usual[role].scanned {
			usual.Add(path)
		}
	}
	var rare mask
	for _, role := range f.roles {
		for _, path := range all[role].scanned {
			if !usual.Has(path) {
				rare.add(path)
			}
		}
	}
	f.setRare(rare)
	return all, nil
}

// addTimes adds the paths of the times of presets to the format.
func (c *formatCompiler) addTimes(presets []Preset) {
	f := c.format
	f.times = c.collectPaths(func() {
		for _, p := range presets {
			f.timeFields = appendNew(f.timeFields, p.Times)
			for _, text := range p.TimePaths() {
				c.Path(text)
			}
		}
	})
}

// rolesOf returns those of some roles that presets have, ascending.
func rolesOf(presets []Preset, of []Role) (roles []Role) {
	for role := range Role(NumRoles) {
		if slices.Contains(of, role) && slices.ContainsFunc(presets, func(p Preset) bool { _, has := p.Role(role.String()); return has }) {
			roles = append(roles, role)
		}
	}
	return roles
}

// compileRoles compiles the roles of presets. The groups of each preset follow those of the
// presets before it. The result has only the roles that are read.
func (c *formatCompiler) compileRoles(presets []Preset) (table roleTable, err error) {
	var all roleTable
	for i := range presets {
		if err := c.compileGroupsOf(&presets[i], &all); err != nil {
			return table, fmt.Errorf("preset %q: %w", presets[i].Name, err)
		}
	}
	// The paths of domains come last, so that those of the names have adjacent numbers.
	for _, paths := range all {
		if paths != nil {
			paths.scanned = append(paths.scanned, c.collectPaths(func() { c.compileDomains(paths) })...)
		}
	}
	for _, role := range c.format.roles {
		table[role] = all[role]
	}
	return table, nil
}

// compileGroupsOf compiles the groups of all roles of a preset, and adds them to table.
func (c *formatCompiler) compileGroupsOf(p *Preset, table *roleTable) error {
	for i := range p.Roles {
		r := &p.Roles[i]
		role, ok := ParseRole(r.Name)
		if !ok {
			return fmt.Errorf("unknown role %q", r.Name)
		}
		if table[role] == nil {
			table[role] = &rolePaths{}
		}
		paths := table[role]
		var err error
		paths.scanned = append(paths.scanned, c.collectPaths(func() { err = c.compileGroups(p, r, paths) })...)
		if err != nil {
			return fmt.Errorf("role %s: %w", r.Name, err)
		}
	}
	if len(p.Prefixes) == 0 {
		return errors.New("has no prefixes")
	}
	return nil
}

// compileGroups compiles the groups of one role into to.
func (c *formatCompiler) compileGroups(p *Preset, r *PresetRole, to *rolePaths) error {
	for i := range r.Groups {
		g, err := c.compileGroup(p, &r.Groups[i])
		if err != nil {
			return err
		}
		to.addGroup(g)
	}
	return nil
}

// compileGroup compiles a group and adds its paths. Conditions treat nulls as absent.
func (c *formatCompiler) compileGroup(p *Preset, g *PresetGroup) (group, error) {
	out := group{plainFields: true, preset: p, source: g}
	for _, path := range g.Paths {
		if err := checkTake(path.Take); err != nil {
			return out, fmt.Errorf("take: %w", err)
		}
		compiled := groupPath{cut: cutOf(&path)}
		if path.Value != "" {
			compiled.constant = []byte(path.Value)
			out.hasConstant, out.plainFields = true, false
		} else {
			compiled.spellings = c.addSpellings(path.Field, p.Spellings)
			out.plainFields = out.plainFields && compiled.cut == nil
		}
		for _, p := range compiled.spellings {
			out.spellings = append(out.spellings, p)
			out.mask.add(p)
			if path.Wire {
				out.wire.Add(p)
			}
			out.plainFields = out.plainFields && !c.schema.isThroughArray(p)
		}
		out.paths = append(out.paths, compiled)
	}
	if len(g.When) > 0 {
		when, err := c.compileCondition(g.When, p.Spellings)
		if err != nil {
			return out, fmt.Errorf("when: %w", err)
		}
		when.nulls, when.verbatim = c.format.nulls, false
		out.when = when
		for _, p := range c.addSpellings(g.When[0].Field, p.Spellings) {
			out.needed.add(p)
		}
	}
	out.ascending, out.maskWords = slices.IsSorted(out.spellings), out.mask.sortedWords()
	return out, nil
}

// compileDomains adds the paths of the domains of one role, whose groups are compiled.
func (c *formatCompiler) compileDomains(to *rolePaths) {
	for i := range to.groups {
		g := &to.groups[i]
		for j, path := range g.source.Paths {
			if path.Domain != "" && path.Field != "" {
				g.domains = append(g.domains, c.compileDomain(g.preset, &path, &g.paths[j])...)
			}
		}
		g.preset, g.source = nil, nil
	}
}

// compileDomain adds the paths of the domain of a path: the one with the prefix under which
// the name is found, or all spellings if the name is found under an alias.
func (c *formatCompiler) compileDomain(p *Preset, path *PresetPath, names *groupPath) []nameDomain {
	var all []nameDomain
	for _, name := range names.spellings {
		texts := p.Spellings(path.Domain)
		for _, prefix := range p.Prefixes {
			if beside := p.domainSpellings(prefix, path, c.schema.texts[name]); beside != nil {
				texts = beside
				break
			}
		}
		d := nameDomain{name: name, cut: names.cut}
		for _, text := range texts {
			d.domains = append(d.domains, c.Path(text))
		}
		all = append(all, d)
	}
	return all
}

// domainSpellings returns the spellings of the domain of a path below a prefix, or nil if the
// name is not one below the prefix.
func (p *Preset) domainSpellings(prefix string, path *PresetPath, name string) []string {
	one := Preset{Prefixes: []string{prefix}, EitherCase: p.EitherCase}
	if !slices.Contains(one.Spellings(path.Field), name) {
		return nil
	}
	return one.Spellings(path.Domain)
}
