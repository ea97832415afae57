package event

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/jsonscan"
)

// Options choose how a [Schema] reads events. The zero Options are the defaults.
type Options struct {
	// Format is the preset whose paths name the roles: a shipped one, one of
	// Presets, or Auto, which recognises every event; default cim.
	Format string
	// Presets are further presets. One that has the name of a shipped preset
	// replaces it.
	Presets []Preset
	Zone    ZoneOptions
	// Verbatim makes conditions compare values as they are written: with the white
	// space around them, and objects by their JSON. By default they compare trimmed
	// scalars and the trimmed scalars of arrays.
	Verbatim bool
}

// ZoneOptions choose the zone of the events that have no cim_entity_zone.
type ZoneOptions struct {
	Default entity.Zone
	Rules   []ZoneRule // the first whose condition holds decides
}

// ZoneRule is the zone of the events for which a condition holds.
type ZoneRule struct {
	Zone entity.Zone
	When []entity.Clause
}

// FormatError reports an unknown format.
type FormatError struct {
	Format string
	Known  []string
}

// Error lists the known formats.
func (e *FormatError) Error() string {
	return fmt.Sprintf("unknown format %q: use %s", e.Format, strings.Join(e.Known, ", "))
}

// Schema is everything that is read from events, compiled: paths, conditions, and
// the paths of presets. It never changes and may be used by any number of
// goroutines, each with forms of events and a [Reader] of its own.
type Schema struct {
	texts    []string    // of every path
	each     []*elements // by path, nil for most; empty if no path goes through an array
	through  []Path      // the paths that go through an array
	paths    *jsonscan.Paths
	formats  []Format
	auto     *autoPlan // nil unless the format is Auto
	zonePath Path
	times    []Path
	zone     entity.Zone
	rules    []zoneRule
	verbatim bool
}

type zoneRule struct {
	zone entity.Zone
	when *Condition
}

// Len returns the number of paths.
func (s *Schema) Len() int { return len(s.texts) }

// Text returns the text of a path, "" for NoPath.
func (s *Schema) Text(p Path) string {
	if p == NoPath {
		return ""
	}
	return s.texts[p]
}

// Routes returns all ways in which an event may spell a path, in the order in
// which a representation without an order of its own looks for them: "a.b" is
// either the key "a.b", or the key "b" in the object "a". The first that is there
// counts. Of a path of more than ten names, those before the last ten are always
// keys of their own.
func (s *Schema) Routes(p Path) [][]Step { return routesOf(parsePath(s.texts[p])) }

// Equal reports whether two Schemas of the same Options have the same paths under
// the same numbers, so that forms of events for one can be read by the other.
func (s *Schema) Equal(other *Schema) bool { return slices.Equal(s.texts, other.texts) }

// Formats returns the presets that events may have: one, or with Auto all.
func (s *Schema) Formats() []Format { return s.formats }

// Builder collects what is read from events and compiles it into a [Schema].
type Builder struct {
	schema  *Schema
	options Options
	index   map[string]Path

	// Which paths are looked for in the events of which presets.
	using  *[]Path
	common []Path
	byRole [NumRoles][]Path
}

// NewBuilder returns a Builder of a Schema. Build reports what is wrong with the
// zone rules.
func NewBuilder(o Options) *Builder {
	b := &Builder{schema: &Schema{zone: o.Zone.Default, verbatim: o.Verbatim}, options: o, index: make(map[string]Path)}
	b.using = &b.common
	b.schema.zonePath = b.Path("cim_entity_zone")
	return b
}

// uses returns the paths that f adds or uses.
func (b *Builder) uses(f func()) (paths []Path) {
	before := b.using
	b.using = &paths
	f()
	b.using = before
	return paths
}

// Path returns the number of a path, which Build checks.
func (b *Builder) Path(text string) Path {
	p, known := b.index[text]
	if !known {
		p = Path(len(b.schema.texts))
		b.index[text] = p
		b.schema.texts = append(b.schema.texts, text)
	}
	*b.using = append(*b.using, p)
	steps := parsePath(text)
	if at := firstEach(steps); at >= 0 {
		b.pathThrough(p, steps, at)
	}
	return p
}

// pathThrough adds a path that goes through an array, and the array's.
func (b *Builder) pathThrough(p Path, steps []Step, at int) {
	s := b.schema
	for len(s.each) <= int(p) {
		s.each = append(s.each, nil)
	}
	array := b.Path(joinNames(steps[:at+1]))
	if s.each[p] == nil {
		s.each[p] = &elements{array: array}
		s.through = append(s.through, p)
	}
}

// RolePath is Path for a path that is only looked for in events whose preset has
// the role.
func (b *Builder) RolePath(role Role, text string) (p Path) {
	b.byRole[role] = append(b.byRole[role], b.uses(func() { p = b.Path(text) })...)
	return p
}

// Time adds paths at which an event may have its time, in the order in which they
// are tried.
func (b *Builder) Time(texts ...string) {
	for _, text := range texts {
		b.schema.times = append(b.schema.times, b.Path(text))
	}
}

// Condition compiles clauses, all of which must hold. The error joins an error
// for each clause that is wrong.
func (b *Builder) Condition(clauses []entity.Clause) (*Condition, error) {
	return b.condition(clauses, func(field string) []string { return []string{field} })
}

// condition compiles clauses whose fields may have several spellings.
func (b *Builder) condition(clauses []entity.Clause, spellings func(field string) []string) (*Condition, error) {
	set, err := cond.Compile(clauses)
	if err != nil {
		return nil, err
	}
	c := &Condition{set: set, verbatim: b.options.Verbatim}
	for _, field := range set.Fields() {
		c.fields = append(c.fields, b.spellings(field, spellings))
	}
	return c, nil
}

func (b *Builder) spellings(field string, spell func(field string) []string) []Path {
	texts := spell(field)
	paths := make([]Path, len(texts))
	for i, text := range texts {
		paths[i] = b.Path(text)
	}
	return paths
}

// Roles adds the paths of roles, or of all roles if none is given, in the preset
// that Options.Format names. It should be called before other paths are added:
// paths that are tried in the order of their numbers are read faster. An unknown
// format is a [*FormatError]; a preset without a name or prefixes is an error, too.
func (b *Builder) Roles(roles ...Role) error {
	if len(roles) == 0 {
		roles = []Role{Src, Dest, Dvc, Host, User, SrcUser}
	}
	for _, role := range roles {
		if role >= NumRoles {
			return fmt.Errorf("role %d is unknown", role)
		}
	}
	for i := range b.options.Presets {
		if name := b.options.Presets[i].Name; name == "" || name == Auto {
			return fmt.Errorf("no preset can be named %q", name)
		}
	}
	all := presetsWith(b.options.Presets)
	format := b.options.Format
	switch format {
	case Auto:
		return b.auto(all, roles)
	case "":
		format = fallbackPreset
	}
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Name == format })
	if i < 0 {
		return &FormatError{Format: format, Known: formatNames(all)}
	}
	compiled, err := b.format(&all[i], roles)
	b.schema.formats = []Format{compiled}
	return err
}

// HasRole reports whether a preset that Roles has compiled has the role.
func (b *Builder) HasRole(role Role) bool {
	return slices.ContainsFunc(b.schema.formats, func(f Format) bool { return f.byRole[role] != nil })
}

// presetsWith returns the shipped presets with others in their place or behind
// them.
func presetsWith(own []Preset) []Preset {
	all := Presets()
	for _, p := range own {
		if i := slices.IndexFunc(all, func(have Preset) bool { return have.Name == p.Name }); i >= 0 {
			all[i] = p
		} else {
			all = append(all, p)
		}
	}
	return all
}

func formatNames(all []Preset) []string {
	list := []string{Auto}
	for _, p := range all {
		list = append(list, p.Name)
	}
	return list
}

// Build compiles the paths. The Builder must not be used afterwards.
func (b *Builder) Build() (*Schema, error) {
	s := b.schema
	for i, r := range b.options.Zone.Rules {
		when, err := b.Condition(r.When)
		if err != nil {
			return nil, fmt.Errorf("zones.rules[%d].when: %w", i, err)
		}
		s.rules = append(s.rules, zoneRule{r.Zone, when})
	}
	for _, p := range s.through {
		steps := parsePath(s.texts[p])
		compiled, err := compileElements(steps, firstEach(steps))
		if err != nil {
			return nil, err
		}
		compiled.array = s.each[p].array
		s.each[p] = compiled
	}
	if s.auto != nil {
		return s, b.rules()
	}
	var format *Format
	if len(s.formats) > 0 {
		format = &s.formats[0]
	}
	var err error
	s.paths, err = b.scanFor(format, nil)
	return s, err
}

// scanFor compiles what to look for in the events of a format, and the probes.
func (b *Builder) scanFor(f *Format, probes []probe) (*jsonscan.Paths, error) {
	wanted := make([]bool, len(b.schema.texts))
	want := func(paths []Path) {
		for _, p := range paths {
			wanted[p] = true
		}
	}
	want(b.common)
	if f != nil {
		for _, role := range f.roles {
			want(f.byRole[role].uses)
			want(b.byRole[role])
		}
	}
	for _, probe := range probes {
		wanted[b.index[probe.path]] = true
	}
	for _, p := range b.schema.through {
		wanted[p] = false
	}
	return jsonscan.CompileSome(b.schema.texts, wanted)
}
