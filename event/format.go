package event

import "slices"

// Format is a preset that was compiled into a [Schema].
type Format struct {
	name   string
	nulls  *nullSet
	roles  []Role // roles to read, ascending
	byRole roleTable
	// usual is byRole without the rare paths. Few events have a rare path, and the other
	// events are read faster if rare paths are not tried.
	usual roleTable
	rare  []maskWord
	// All paths of the words of rare from rareFrom up to rareTo are rare. rareEdges holds
	// the other words.
	rareFrom, rareTo uint
	rareEdges        []maskWord

	lists     []fieldList // Preset.Lists
	listPaths []Path      // to scan for
	listMask  mask        // of the arrays

	timeFields []string // Preset.Times
	times      []Path   // all of their spellings; nil if times are not read
}

// roleTable holds the paths of each role, nil for roles that are not read.
type roleTable [NumRoles]*rolePaths

// usualPrefixes is the number of prefixes of a preset whose paths are not rare.
const usualPrefixes = 4

// usual returns the preset without its rare spellings: it has only the first prefixes, and
// fields only in the case in which the preset has them.
func (p Preset) usual() Preset {
	p.Prefixes = p.Prefixes[:min(len(p.Prefixes), usualPrefixes)]
	p.EitherCase = false
	return p
}

// tableFor returns the paths of the roles that an event may have. f may be nil.
func (f *Format) tableFor(e Event, present Set) *roleTable {
	switch {
	case f == nil:
		return nil
	case f.rare != nil && f.mayHaveRare(present) && f.hasRare(e, present):
		return &f.byRole
	}
	return &f.usual
}

// hasRare reports whether an event has a value at a rare path. Objects do not count: user is
// a rare path, because it is the field User of Windows in the other case, but in events of
// ECS it is an object.
func (f *Format) hasRare(e Event, present Set) bool {
	for p := range pathsIn(f.rare, present) {
		if k := e.Value(p).Kind; k != Absent && k != Null && k != Object {
			return true
		}
	}
	return false
}

// mayHaveRare reports whether an event with these paths has a rare one. Nearly all rare paths
// have adjacent numbers.
func (f *Format) mayHaveRare(present Set) bool {
	var some uint64
	for i := range f.rareEdges {
		some |= f.rareEdges[i].paths & present[f.rareEdges[i].index]
	}
	whole := present[f.rareFrom:f.rareTo]
	for ; len(whole) >= 4; whole = whole[4:] {
		some |= whole[0] | whole[1] | whole[2] | whole[3]
	}
	for _, word := range whole {
		some |= word
	}
	return some != 0
}

// setRare sets the rare paths.
func (f *Format) setRare(rare mask) {
	f.rare = rare.sortedWords()
	for i, w := range f.rare {
		isWhole := w.paths == ^uint64(0)
		if isWhole && (f.rareTo == 0 || f.rareTo == w.index) {
			if f.rareTo == 0 {
				f.rareFrom = w.index
			}
			f.rareTo = w.index + 1
		} else {
			f.rareEdges = append(f.rareEdges, f.rare[i])
		}
	}
}

// hasRareSpellings reports whether usual removes anything.
func (p *Preset) hasRareSpellings() bool { return p.EitherCase || len(p.Prefixes) > usualPrefixes }

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
	wire        Set          // the paths of MAC addresses seen on the wire
	preset      *Preset      // from which the group was compiled, for compileDomains
	source      *PresetGroup // the group in the preset
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
