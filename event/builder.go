package event

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/jsonscan"
)

// Builder collects what to read from events and compiles it into a [Schema].
type Builder struct {
	schema  *Schema
	options Options
	index   map[pathText]Path
	err     error // of the first path that is malformed

	collected  *[]Path          // where Path adds its results
	readsTimes bool             // compile the Times of presets instead of roles
	common     []Path           // to scan for in all events
	byRole     [NumRoles][]Path // to scan for in events of presets that have the role
	unwrap     *Unwrap          // nil if each object is an event
}

// pathText is the text of a path.
type pathText struct {
	text  string
	isKey bool // brackets have no meaning in text
}

// NewBuilder returns a Builder of a Schema. Build reports errors in the zone rules.
func NewBuilder(o Options) *Builder {
	b := &Builder{schema: &Schema{zone: o.Zone.Default, verbatim: o.Verbatim}, options: o, index: make(map[pathText]Path)}
	b.collected = &b.common
	fields := o.Zone.Fields
	if len(fields) == 0 {
		fields = []string{"cim_entity_zone"}
	}
	for _, field := range fields {
		b.schema.zonePaths = append(b.schema.zonePaths, b.Path(field))
	}
	b.schema.zoneNulls = newNulls(nil)
	return b
}

// collectPaths returns the paths that f passes to Path, instead of adding them to the
// common paths.
func (b *Builder) collectPaths(f func()) (paths []Path) {
	before := b.collected
	b.collected = &paths
	f()
	b.collected = before
	return paths
}

// Path returns the number of a path. Build reports an error if the text is not valid
// according to [CheckPath].
func (b *Builder) Path(text string) Path {
	if err := CheckPath(text); err != nil && b.err == nil {
		b.err = err
	}
	p := b.addPath(text, false)
	steps := parsePath(text)
	if at := firstArrayStep(steps); at >= 0 {
		b.addArrayPath(p, steps, at)
	}
	return p
}

// Key is like Path for names in which brackets have no meaning, and which may be empty:
// the names of fields that are written into events. Build reports an error if the text is
// empty or has more than 64 names.
func (b *Builder) Key(text string) Path { return b.addPath(text, strings.ContainsAny(text, "[]")) }

// addPath returns the number of a path, and adds the path to the collected ones.
func (b *Builder) addPath(text string, isKey bool) Path {
	p, known := b.index[pathText{text, isKey}]
	if !known {
		p = Path(len(b.schema.texts))
		b.index[pathText{text, isKey}] = p
		b.schema.texts = append(b.schema.texts, text)
	}
	*b.collected = append(*b.collected, p)
	return p
}

// addArrayPath adds a path that goes through an array, and the path of the array.
// steps[at] is the first step with Each.
func (b *Builder) addArrayPath(p Path, steps []Step, at int) {
	s := b.schema
	for len(s.arrayPaths) <= int(p) {
		s.arrayPaths = append(s.arrayPaths, nil)
	}
	array := b.Path(joinNames(steps[:at+1]))
	if s.arrayPaths[p] == nil {
		s.arrayPaths[p] = &arrayPath{array: array}
		s.throughArrays = append(s.throughArrays, p)
		s.arrays.Add(array)
	}
}

// RoleKey is like Key, but the path is only looked for in events whose preset has the role.
func (b *Builder) RoleKey(role Role, text string) (p Path) {
	b.byRole[role] = append(b.byRole[role], b.collectPaths(func() { p = b.Key(text) })...)
	return p
}

// Time adds paths at which [Reader.Time] looks for the time of an event, in the
// order in which they are tried.
func (b *Builder) Time(texts ...string) {
	for _, text := range texts {
		b.schema.times = append(b.schema.times, b.Path(text))
	}
}

// PresetTimes makes [Reader.Time] look at the Times of an event's preset if the event has
// no time at the paths of Time. The preset is the one that Auto recognises, whatever
// Options.Format is. The error is that of Roles.
func (b *Builder) PresetTimes() error {
	presets := b.options.Presets
	if len(presets) == 0 {
		b.schema.presetTimes = sync.OnceValue(func() *Schema {
			s, _ := buildTimes(nil) // shipped presets are valid, as tests ensure
			return s
		})
		return nil
	}
	s, err := buildTimes(presets)
	b.schema.presetTimes = func() *Schema { return s }
	return err
}

// buildTimes returns a Schema that recognises the preset of an event and reads its times.
func buildTimes(presets []Preset) (*Schema, error) {
	b := NewBuilder(Options{Format: Auto, Presets: presets})
	b.readsTimes = true
	if err := b.Roles(); err != nil {
		return nil, err
	}
	return b.Build()
}

// Condition compiles clauses, all of which must hold. The error joins one error for
// each mistake in a clause.
func (b *Builder) Condition(clauses []entity.Clause) (*Condition, error) {
	return b.compileCondition(clauses, func(field string) []string { return []string{field} })
}

// compileCondition compiles clauses. spell returns the spellings of a field.
func (b *Builder) compileCondition(clauses []entity.Clause, spell func(field string) []string) (*Condition, error) {
	set, err := compileClauses(clauses)
	if err != nil {
		return nil, err
	}
	c := &Condition{set: set, verbatim: b.options.Verbatim}
	for _, field := range set.Fields() {
		c.fields = append(c.fields, b.addSpellings(field, spell))
	}
	return c, nil
}

// addSpellings adds the paths of the spellings of a field.
func (b *Builder) addSpellings(field string, spell func(field string) []string) []Path {
	texts := spell(field)
	paths := make([]Path, len(texts))
	for i, text := range texts {
		paths[i] = b.Path(text)
	}
	return paths
}

// Roles adds the paths that the preset of Options.Format lists for some roles, or for
// all roles if none is given. Call it before adding other paths: candidates are read
// faster if paths are tried in the order of their numbers. The error is a
// [*FormatError] if the format is unknown. A preset without a name or prefixes is an
// error, too.
func (b *Builder) Roles(roles ...Role) error {
	if len(roles) == 0 && !b.readsTimes {
		roles = []Role{Src, Dest, Dvc, Host, User, SrcUser}
	}
	for _, role := range roles {
		if role >= NumRoles {
			return fmt.Errorf("unknown role %d", role)
		}
	}
	for i := range b.options.Presets {
		if name := b.options.Presets[i].Name; name == "" || name == Auto {
			return fmt.Errorf("a preset cannot be named %q", name)
		}
		if err := b.options.Presets[i].checkMarks(); err != nil {
			return err
		}
	}
	if err := checkMarkCount(b.options.Presets); err != nil {
		return err
	}
	all := presetsWith(b.options.Presets)
	format := b.options.Format
	switch format {
	case Auto:
		return b.compileAuto(all, roles)
	case "":
		format = fallbackPreset
	}
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Name == format })
	if i < 0 {
		return &FormatError{Format: format, Known: formatNames(all)}
	}
	compiled, err := b.compileFormat(&all[i], roles)
	b.schema.formats = []Format{compiled}
	return err
}

// HasRole reports whether Roles added paths of the role.
func (b *Builder) HasRole(role Role) bool {
	return slices.ContainsFunc(b.schema.formats, func(f Format) bool { return f.byRole[role] != nil })
}

// presetsWith returns the shipped presets and the others. A preset with the name of
// a shipped one replaces it.
func presetsWith(others []Preset) []Preset {
	all := Presets()
	for _, p := range others {
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
	if b.err != nil {
		return nil, b.err
	}
	for i, r := range b.options.Zone.Rules {
		when, err := b.Condition(r.When)
		if err != nil {
			return nil, fmt.Errorf("zones.rules[%d].when: %w", i, err)
		}
		s.zoneRules = append(s.zoneRules, zoneRule{r.Zone, when})
	}
	if b.unwrap != nil {
		if err := b.compileUnwrap(); err != nil {
			return nil, err
		}
	}
	for _, p := range s.throughArrays {
		steps := parsePath(s.texts[p])
		compiled, err := compileArrayPath(steps, firstArrayStep(steps))
		if err != nil {
			return nil, err
		}
		compiled.array = s.arrayPaths[p].array
		s.arrayPaths[p] = compiled
	}
	s.byKey = newPathsByKey(s)
	if s.auto != nil {
		return s, b.compileRuleScans()
	}
	var format *Format
	if len(s.formats) > 0 {
		format = &s.formats[0]
	}
	var err error
	s.paths, err = b.scanFor(format)
	return s, err
}

// scanFor compiles the paths to scan for in events of a format, which may be nil.
func (b *Builder) scanFor(f *Format) (*jsonscan.Paths, error) {
	return jsonscan.CompileSome(b.schema.texts, b.wantedFor(f))
}

// wantedFor reports for each path whether to scan for it in events of a format: the common
// ones, and those of the format if it is not nil.
func (b *Builder) wantedFor(f *Format) []bool {
	wanted := make([]bool, len(b.schema.texts))
	want := func(paths []Path) {
		for _, p := range paths {
			wanted[p] = true
		}
	}
	want(b.common)
	if w := b.schema.unwrap; w != nil && (w.byName || f == w.fallback) {
		want(w.scanned)
	}
	if f != nil {
		want(f.times)
		want(f.listPaths)
		for _, role := range f.roles {
			want(f.byRole[role].scanned)
			want(b.byRole[role])
		}
	}
	for _, p := range b.schema.throughArrays {
		wanted[p] = false
	}
	return wanted
}
