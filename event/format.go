package event

import (
	"fmt"
	"slices"
)

// Format is a preset that was compiled into a [Schema].
type Format struct {
	name   string
	nulls  *nullSet
	roles  []Role               // roles to read, ascending
	byRole [NumRoles]*rolePaths // nil for roles that are not read

	timeFields []string // Preset.Times
	times      []Path   // all of their spellings; nil if times are not read
}

// Name returns the name of the preset.
func (f *Format) Name() string { return f.name }

// Roles returns the roles that are read from events of the format, ascending. The
// caller must not change them.
func (f *Format) Roles() []Role { return f.roles }

// IsNull reports whether a trimmed text is a null token of the format.
func (f *Format) IsNull(text []byte) bool { return f.nulls.has(text) }

// MayHave reports whether an event can have a candidate for a role if its only
// paths are those for which has returns true.
func (f *Format) MayHave(role Role, has func(Path) bool) bool {
	r := f.byRole[role]
	return r != nil && slices.ContainsFunc(r.groups, func(g group) bool { return g.mayHave(has) })
}

// rolePaths holds the groups of paths of one role. The candidates of the role are
// the values of the first group that has any.
type rolePaths struct {
	groups     []group
	mask       mask     // the paths of all groups
	scanned    []Path   // the paths of all groups and of their conditions
	prefilter  bool     // test mask before the groups: it is cheaper than trying each
	fastFirst  bool     // AppendRole has a fast path for the first group
	firstPaths maskWord // the paths of the first group, if fastFirst
}

// group is a compiled PresetGroup.
type group struct {
	when        *Condition // nil if the group has no conditions
	needed      mask       // with when: the paths of its first clause, of which the event must have one
	paths       []groupPath
	spellings   []Path     // of all paths, in the order in which they are tried
	mask        mask       // of spellings
	maskWords   []maskWord // of mask, sorted
	plainFields bool       // every path is a field whose value is taken whole, not through an array
	ascending   bool       // spellings are in ascending order
	hasConstant bool       // a path is a constant
	domains     []nameDomain
}

// nameDomain lists where an event has the domain of the account that a path names.
type nameDomain struct {
	name    Path
	cut     *textCut // as in groupPath
	domains []Path   // tried in this order
}

// groupPath is a compiled PresetPath.
type groupPath struct {
	spellings []Path
	cut       *textCut // selects the part of the value that counts
	constant  []byte   // nil unless the path is a constant
}

// compileFormat compiles a preset. It adds the paths of all of its roles, but only
// the given roles are read.
func (b *Builder) compileFormat(p *Preset, roles []Role) (Format, error) {
	f := Format{name: p.Name, nulls: newNulls(p.Null)}
	var compiled []*rolePaths
	for i := range p.Roles {
		r := &p.Roles[i]
		role, ok := ParseRole(r.Name)
		if !ok {
			return f, fmt.Errorf("preset %q: unknown role %q", p.Name, r.Name)
		}
		paths := &rolePaths{}
		var err error
		paths.scanned = b.collectPaths(func() { err = b.compileGroups(p, r, f.nulls, paths) })
		if err != nil {
			return f, fmt.Errorf("preset %q: role %s: %w", p.Name, r.Name, err)
		}
		compiled = append(compiled, paths)
		if slices.Contains(roles, role) {
			f.roles = append(f.roles, role)
			f.byRole[role] = paths
		}
	}
	if len(p.Prefixes) == 0 {
		return f, fmt.Errorf("preset %q has no prefixes", p.Name)
	}
	// The paths of domains come last, so that those of the names have adjacent numbers.
	for i, paths := range compiled {
		paths.scanned = append(paths.scanned, b.collectPaths(func() { b.compileDomains(p, &p.Roles[i], paths) })...)
	}
	slices.Sort(f.roles)
	if b.readsTimes {
		f.timeFields = p.Times
		f.times = b.collectPaths(func() {
			for _, text := range p.TimePaths() {
				b.Path(text)
			}
		})
	}
	return f, nil
}

// compileGroups compiles the groups of one role into to.
func (b *Builder) compileGroups(p *Preset, r *PresetRole, nulls *nullSet, to *rolePaths) error {
	for i := range r.Groups {
		g, err := b.compileGroup(p, &r.Groups[i], nulls)
		if err != nil {
			return err
		}
		to.addGroup(g)
	}
	return nil
}

// compileGroup compiles a group and adds its paths. Conditions treat nulls as absent.
func (b *Builder) compileGroup(p *Preset, g *PresetGroup, nulls *nullSet) (group, error) {
	out := group{plainFields: true}
	for _, path := range g.Paths {
		if err := checkTake(path.Take); err != nil {
			return out, fmt.Errorf("take: %w", err)
		}
		compiled := groupPath{cut: cutOf(&path)}
		if path.Value != "" {
			compiled.constant = []byte(path.Value)
			out.hasConstant, out.plainFields = true, false
		} else {
			compiled.spellings = b.addSpellings(path.Field, p.Spellings)
			out.plainFields = out.plainFields && compiled.cut == nil
		}
		for _, p := range compiled.spellings {
			out.spellings = append(out.spellings, p)
			out.mask.add(p)
			out.plainFields = out.plainFields && !b.schema.isThroughArray(p)
		}
		out.paths = append(out.paths, compiled)
	}
	if len(g.When) > 0 {
		when, err := b.compileCondition(g.When, p.Spellings)
		if err != nil {
			return out, fmt.Errorf("when: %w", err)
		}
		when.nulls, when.verbatim = nulls, false
		out.when = when
		for _, p := range b.addSpellings(g.When[0].Field, p.Spellings) {
			out.needed.add(p)
		}
	}
	out.ascending, out.maskWords = slices.IsSorted(out.spellings), out.mask.sortedWords()
	return out, nil
}

// compileDomains adds the paths of the domains of one role, whose groups are compiled.
func (b *Builder) compileDomains(p *Preset, r *PresetRole, to *rolePaths) {
	for i := range to.groups {
		for j, path := range r.Groups[i].Paths {
			if path.Domain != "" && path.Field != "" {
				g := &to.groups[i]
				g.domains = append(g.domains, b.compileDomain(p, &path, &g.paths[j])...)
			}
		}
	}
}

// compileDomain adds the paths of the domain of a path: the one with the prefix under which
// the name is found, and all spellings for an alias.
func (b *Builder) compileDomain(p *Preset, path *PresetPath, names *groupPath) []nameDomain {
	var all []nameDomain
	for _, name := range names.spellings {
		texts := p.Spellings(path.Domain)
		for _, prefix := range p.Prefixes {
			if b.schema.texts[name] == prefix+path.Field {
				texts = []string{prefix + path.Domain}
				break
			}
		}
		d := nameDomain{name: name, cut: names.cut}
		for _, text := range texts {
			d.domains = append(d.domains, b.Path(text))
		}
		all = append(all, d)
	}
	return all
}

// addGroup adds a group after the others.
func (r *rolePaths) addGroup(g group) {
	for _, p := range g.spellings {
		r.mask.add(p)
	}
	r.groups = append(r.groups, g)
	always := slices.ContainsFunc(r.groups, func(g group) bool { return g.hasConstant })
	r.prefilter = !always && len(r.groups) > 1
	first := &r.groups[0]
	r.fastFirst = first.plainFields && first.ascending && first.when == nil && len(first.mask.more) == 0
	r.firstPaths = first.mask.maskWord
}

// isThroughArray reports whether a path goes through an array.
func (s *Schema) isThroughArray(p Path) bool {
	return int(p) < len(s.arrayPaths) && s.arrayPaths[p] != nil
}

// mayHave reports whether an event can have a candidate from the group if its
// only paths are those for which has returns true.
func (g *group) mayHave(has func(Path) bool) bool {
	return slices.ContainsFunc(g.paths, func(p groupPath) bool {
		return slices.ContainsFunc(p.spellings, has) || p.constant != nil && g.when.mayHold(has)
	})
}
