package enrich

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// plan is what is to be done with every event, compiled for one Snapshot: the
// paths to find, the roles to look up, the fields to write. It is immutable.
type plan struct {
	options  Options
	snapshot *Snapshot

	texts   []string        // the text of every path
	written pathSet         // those that are outputs
	paths   *jsonscan.Paths // nil for the format auto

	presets   []presetPlan
	auto      *autoPlan // nil if there is one preset
	zoneRules []zoneRule
	zonePath  int
	zones     map[string]entity.Zone // those that the tables know
	severity  int

	plain       bool // nothing but the columns of matches is written, into the event itself
	roles       [event.NumRoles]rolePlan
	into        output                 // the object of Options.Into
	intoRoles   [event.NumRoles]output // the roles' objects inside of it
	urgency     output
	urgencyPath int
	tables      [tables]tablePlan
}

// tablePlan is a table and what is read of it.
type tablePlan struct {
	table    *table.Table // nil if there is none
	view     *table.View
	columns  []int // of the view: those that are written first
	priority int   // column of the view, for the urgency; negative if it is not read
	owner    int   // likewise of the owner, for Options.Owner
}

// presetPlan is a preset whose paths are indices.
type presetPlan struct {
	name  string
	nulls *nulls
	roles []rolePaths
	asked []rolePaths // those of which anything may come
}

// rolePaths are the groups of paths of one role, the first that an event has
// being the one that counts.
type rolePaths struct {
	role   event.Role
	groups []groupPlan
	paths  mask  // all of them
	uses   []int // the same, and those of conditions
	rare   bool  // it is worth a look whether the event has any of the paths, before the groups are tried
	quick  bool  // of the first group nothing matters but which of its fields is there
}

type groupPlan struct {
	when   condition
	paths  []pathPlan
	order  []uint32   // all spellings of the paths
	wants  mask       // the same
	words  []maskWord // the same
	fields bool       // the paths are nothing but fields
	sorted bool       // order ascends
	always bool       // it gives a value whatever the event has
}

// pathPlan is one field of a group, by all the spellings that it may have.
type pathPlan struct {
	spellings []int
	after     []byte // the value is what follows this; empty takes all of it
	literal   []byte // the value itself, whatever the event has
}

// condition is a set of clauses whose fields are paths, each by all the
// spellings that it may have.
type condition struct {
	set    *cond.Set
	fields [][]int
	nulls  *nulls // values that count as absent; nil for none
}

type zoneRule struct {
	zone entity.Zone
	when condition
}

// compiler collects the paths of a plan.
type compiler struct {
	plan  *plan
	index map[string]int

	// Who uses which paths.
	using    *[]int
	common   []int
	roleUses [event.NumRoles][]int // the outputs
}

// uses returns the paths that f asks for.
func (c *compiler) uses(f func()) (paths []int) {
	before := c.using
	c.using = &paths
	f()
	c.using = before
	return paths
}

// newPlan compiles options for a snapshot.
func newPlan(s *Snapshot, o Options) (*plan, error) {
	p := &plan{options: o, snapshot: s}
	for i, t := range s.tables() {
		p.tables[i] = p.newTablePlan(t)
	}
	p.plain = o.Into == "" && !o.Overwrite && !o.Owner && !o.Match && !o.Defaults && !o.Urgency
	c := &compiler{plan: p, index: make(map[string]int)}
	c.using = &c.common
	p.zonePath = c.path("cim_entity_zone")
	p.severity = c.path("severity")
	if err := c.presets(); err != nil {
		return nil, err
	}
	for i, r := range o.Zone.Rules {
		when, err := c.condition(r.When, nil)
		if err != nil {
			return nil, fmt.Errorf("zones.rules[%d].when: %w", i, err)
		}
		p.zoneRules = append(p.zoneRules, zoneRule{r.Zone, when})
	}
	c.outputs()
	p.ask()
	p.zones = s.zones()
	if p.auto != nil {
		return p, c.rules()
	}
	var err error
	p.paths, err = c.scanFor(&p.presets[0], nil)
	return p, err
}

// scanFor compiles what to look for in the events of a preset: what its roles
// that are asked need, and the probes.
func (c *compiler) scanFor(preset *presetPlan, probes []event.Probe) (*jsonscan.Paths, error) {
	wanted := make([]bool, len(c.plan.texts))
	want := func(paths []int) {
		for _, path := range paths {
			wanted[path] = true
		}
	}
	want(c.common)
	for i := range preset.asked {
		want(preset.asked[i].uses)
		want(c.roleUses[preset.asked[i].role])
	}
	for _, probe := range probes {
		wanted[c.index[probe.Path]] = true
	}
	return jsonscan.CompileSome(c.plan.texts, wanted)
}

// path returns the index of a path, adding it.
func (c *compiler) path(text string) int {
	i, ok := c.index[text]
	if !ok {
		i = len(c.plan.texts)
		c.index[text] = i
		c.plan.texts = append(c.plan.texts, text)
	}
	*c.using = append(*c.using, i)
	return i
}

// presets compiles the preset that Options.Format names, or all of them.
func (c *compiler) presets() error {
	all := presetsOf(c.plan.options.Presets)
	format := c.plan.options.Format
	if format == "" {
		format = "cim"
	}
	if format == "auto" {
		return c.auto(all)
	}
	i := slices.IndexFunc(all, func(p event.Preset) bool { return p.Name == format })
	if i < 0 {
		return &FormatError{Format: format, Known: names(all)}
	}
	compiled, err := c.preset(&all[i])
	c.plan.presets = []presetPlan{compiled}
	return err
}

// presetsOf returns the built-in presets with the user's own in their place or
// behind them.
func presetsOf(own []event.Preset) []event.Preset {
	all := event.Presets()
	for _, p := range own {
		if i := slices.IndexFunc(all, func(have event.Preset) bool { return have.Name == p.Name }); i >= 0 {
			all[i] = p
		} else {
			all = append(all, p)
		}
	}
	return all
}

func names(all []event.Preset) []string {
	list := []string{"auto"}
	for _, p := range all {
		list = append(list, p.Name)
	}
	return list
}

// FormatError is a format that no preset has.
type FormatError struct {
	Format string
	Known  []string
}

// Error lists the known formats.
func (e *FormatError) Error() string {
	return fmt.Sprintf("unknown format %q: use %s", e.Format, strings.Join(e.Known, ", "))
}

// preset compiles one preset.
func (c *compiler) preset(p *event.Preset) (presetPlan, error) {
	out := presetPlan{name: p.Name, nulls: newNulls(p.Null)}
	for i := range p.Roles {
		r := &p.Roles[i]
		role, ok := event.ParseRole(r.Name)
		if !ok {
			return out, fmt.Errorf("preset %q: unknown role %q", p.Name, r.Name)
		}
		paths := rolePaths{role: role}
		var err error
		paths.uses = c.uses(func() { err = c.groups(p, r, out.nulls, &paths) })
		if err != nil {
			return out, fmt.Errorf("preset %q: role %s: %w", p.Name, r.Name, err)
		}
		out.roles = append(out.roles, paths)
	}
	slices.SortStableFunc(out.roles, func(a, b rolePaths) int { return int(a.role) - int(b.role) })
	return out, nil
}

// groups compiles the groups of one role.
func (c *compiler) groups(p *event.Preset, r *event.PresetRole, nulls *nulls, to *rolePaths) error {
	for i := range r.Groups {
		group, err := c.group(p, &r.Groups[i], nulls)
		if err != nil {
			return err
		}
		to.add(group)
	}
	return nil
}

func (r *rolePaths) add(g groupPlan) {
	g.fields = true
	for i := range g.paths {
		g.always = g.always || g.paths[i].literal != nil
		g.fields = g.fields && g.paths[i].literal == nil && len(g.paths[i].after) == 0
		for _, index := range g.paths[i].spellings {
			g.order = append(g.order, uint32(index))
			g.wants.add(index)
			r.paths.add(index)
		}
	}
	g.sorted, g.words = slices.IsSorted(g.order), g.wants.words()
	r.groups = append(r.groups, g)
	always := slices.ContainsFunc(r.groups, func(g groupPlan) bool { return g.always })
	r.rare = !always && len(r.groups) > 1
	first := &r.groups[0]
	r.quick = first.fields && first.sorted && first.when.set == nil && len(first.wants.more) == 0
}

// ask decides which roles are looked up: where nothing but the columns of matches
// is written, those that have a table.
func (p *plan) ask() {
	for i := range p.presets {
		preset := &p.presets[i]
		for _, r := range preset.roles {
			if !p.plain || p.tables[tableOf(r.role)].table != nil {
				preset.asked = append(preset.asked, r)
			}
		}
	}
}

// outputs lists every field that may be written and the paths that find them
// in an event.
func (c *compiler) outputs() {
	p := c.plan
	if p.options.Into != "" {
		p.into = newOutput(p.options.Into, 0, 0)
		p.into.path = c.output(p.options.Into)
	}
	for _, preset := range p.presets {
		for _, r := range preset.roles {
			if p.roles[r.role].match.name == "" {
				c.roleUses[r.role] = c.uses(func() { c.roleOutputs(r.role) })
			}
		}
	}
	p.urgency = newOutput("urgency", 0, urgencyColumn)
	p.urgency.path = c.output("urgency")
	p.urgencyPath = p.urgency.path
}

// output returns the index of an output's path, which may also be one that is
// read: src_ip is both.
func (c *compiler) output(text string) int {
	i := c.path(text)
	c.plan.written.add(i)
	return i
}

func (c *compiler) roleOutputs(role event.Role) {
	p := c.plan
	out := &p.roles[role]
	p.intoRoles[role] = newOutput(role.String(), role, 0)
	if p.options.Into != "" {
		p.intoRoles[role].path = c.output(p.options.Into + "." + role.String())
	}
	in := &p.tables[tableOf(role)]
	out.columns = c.columnOutputs(in, role, "")
	if p.options.Owner && role.Kind() == entity.Asset {
		out.owner = c.columnOutputs(&p.tables[identityTable], role, "owner_")
	}
	out.match = c.field(role, "match", matchColumn)
	if in.table != nil {
		var members [][]byte
		for i := range out.columns {
			members = append(members, out.columns[i].member)
		}
		out.members = in.view.Members(members)
	}
}

// columnOutputs returns the outputs of the columns of a table that are written
// with that prefix.
func (c *compiler) columnOutputs(in *tablePlan, role event.Role, prefix string) (list []output) {
	if in.table == nil {
		return nil
	}
	for i, column := range in.table.Columns() {
		if c.plan.writes(prefix+column.Name) || c.plan.writes(column.Name) {
			o := c.field(role, prefix+column.Name, slices.Index(in.columns, i))
			o.setDefaults(column)
			list = append(list, o)
		}
	}
	return list
}

// newTablePlan decides what is read of a table.
func (p *plan) newTablePlan(t *table.Table) tablePlan {
	in := tablePlan{table: t, priority: -1, owner: -1}
	if t == nil {
		return in
	}
	columns := t.Columns()
	for i := range columns {
		if p.writes(columns[i].Name) {
			in.columns = append(in.columns, i)
		}
	}
	if p.options.Urgency {
		in.priority = in.read(t.Column("priority"))
	}
	if p.options.Owner && t.Kind() == entity.Asset {
		in.owner = in.read(t.Column("owner"))
	}
	for i := range columns {
		if p.options.Owner && t.Kind() == entity.Identity && p.writes("owner_"+columns[i].Name) {
			in.read(i)
		}
	}
	in.view = t.View(in.columns, table.Fill(p.snapshot.Fill))
	return in
}

// read adds a column of the table to those of the view and returns its number
// there, -1 if there is no such column.
func (in *tablePlan) read(column int) int {
	if column < 0 {
		return -1
	}
	if i := slices.Index(in.columns, column); i >= 0 {
		return i
	}
	in.columns = append(in.columns, column)
	return len(in.columns) - 1
}

// field returns the output of a role's field, named as it stands in the event.
func (c *compiler) field(role event.Role, field string, column int) output {
	into := c.plan.options.Into
	name := role.String() + "_" + field
	if into != "" {
		name = field
	}
	o := newOutput(name, role, column)
	switch {
	case into == "":
		o.path = c.output(name)
	default:
		o.path = c.output(into + "." + role.String() + "." + field)
	}
	return o
}

// writes reports whether Options.Fields lets a field be written.
func (p *plan) writes(field string) bool {
	return len(p.options.Fields) == 0 || slices.Contains(p.options.Fields, field)
}

// pathText returns the text of a path; "" for a literal.
func (p *plan) pathText(path int32) string {
	if path == noPath {
		return ""
	}
	return p.texts[path]
}
