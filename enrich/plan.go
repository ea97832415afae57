package enrich

import (
	"fmt"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/table"
	"github.com/kithsec/kith/snapshot"
)

// plan is a compiled Options for one Snapshot: the paths to read, the roles to look
// up and the fields to write. It is immutable.
type plan struct {
	options  Options
	snapshot *snapshot.Snapshot

	schema   *event.Schema
	lookedUp    [event.NumRoles]bool // the roles that are looked up
	written  event.Set            // the paths of outputs
	severity event.Path

	columnsOnly     bool // nothing but the columns of matches is written, into the event itself
	roles     [event.NumRoles]rolePlan
	into      output                 // the object of Options.Into
	intoRoles [event.NumRoles]output // the roles' objects inside of it
	urgency   output
	tables    [numTables]tablePlan
	tableOf   [event.NumRoles]tableIndex // noTable for a role without a table
	view      *view                      // of Options.View, nil if there is none
	unviewed    *event.Schema              // without the paths of the view; nil if there is none
}

// tablePlan is a table and what is read of it.
type tablePlan struct {
	table    *table.Table // nil if there is none
	view     *table.View
	columns  []int // of the view: those that are written first
	priority int   // column of the view, for the urgency; negative if it is not read
	owner    int   // likewise of the owner, for Options.Owner

	matchSuffixes [][]byte // by step, what follows the key in the JSON of a match
}

// compiler collects the paths of a plan.
type compiler struct {
	plan    *plan
	builder *event.Builder
}

// tablesOf returns the tables of a snapshot, nil for each that is not there.
func tablesOf(s *snapshot.Snapshot) [numTables]*table.Table {
	return [numTables]*table.Table{assetTable: table.Of(s.Assets), identityTable: table.Of(s.Identities)}
}

// newPlan compiles options for a snapshot.
func newPlan(s *snapshot.Snapshot, o Options) (*plan, error) {
	view := o.View
	o.View = nil
	p, err := compilePlan(s, o, nil)
	if err != nil || view == nil {
		return p, err
	}
	// The paths of the view come last, so that all others have the same numbers.
	with, err := compilePlan(s, o, view)
	if err == nil {
		with.unviewed = p.schema
	}
	return with, err
}

func compilePlan(s *snapshot.Snapshot, o Options, view *event.Schema) (*plan, error) {
	p := &plan{options: o, snapshot: s}
	for i, t := range tablesOf(s) {
		p.tables[i] = p.newTablePlan(t)
	}
	p.columnsOnly = o.Into == "" && !o.Overwrite && !o.Owner && !o.Match && !o.Defaults && !o.Urgency
	c := &compiler{plan: p, builder: event.NewBuilder(event.Options{Format: o.Format, Presets: o.Presets, Zone: o.Zone})}
	p.severity = c.builder.Path("severity")
	if err := c.builder.Roles(p.selectRoles()...); err != nil {
		return nil, err
	}
	c.addOutputs()
	var viewed []event.Path
	if view != nil {
		viewed = c.addView(view)
	}
	var err error
	if p.schema, err = c.builder.Build(); err == nil && view != nil {
		p.view = newView(p, viewed)
	}
	return p, err
}

// selectRoles decides which roles are looked up: where nothing but the columns of
// matches is written, those that have a table. It returns them, or none if they
// are all.
func (p *plan) selectRoles() (roles []event.Role) {
	for role := range event.Role(event.NumRoles) {
		if p.tableOf[role] = tableOf(role); p.tables[tableOf(role)].table == nil {
			p.tableOf[role] = noTable
		}
		if p.lookedUp[role] = !p.columnsOnly || p.tableOf[role] != noTable; p.lookedUp[role] {
			roles = append(roles, role)
		}
	}
	return roles
}

// addOutputs lists every field that may be written and the paths that find them in an
// event.
func (c *compiler) addOutputs() {
	p := c.plan
	if p.options.Into != "" {
		p.into = newOutput(p.options.Into, 0, 0)
		p.into.path = c.addOutputPath(c.builder.Path(p.options.Into))
	}
	for role := range event.Role(event.NumRoles) {
		if c.builder.HasRole(role) {
			c.addRoleOutputs(role)
		}
	}
	p.urgency = newOutput("urgency", 0, urgencyColumn)
	p.urgency.path = c.addOutputPath(c.builder.Path("urgency"))
}

// addOutputPath notes the path of an output, which may also be one that is read: src_ip
// is both.
func (c *compiler) addOutputPath(p event.Path) event.Path {
	c.plan.written.Add(p)
	return p
}

func (c *compiler) addRoleOutputs(role event.Role) {
	p := c.plan
	out := &p.roles[role]
	p.intoRoles[role] = newOutput(role.String(), role, 0)
	if p.options.Into != "" {
		p.intoRoles[role].path = c.addOutputPath(c.builder.RolePath(role, p.options.Into+"."+role.String()))
	}
	in := &p.tables[tableOf(role)]
	out.columns = c.columnOutputs(in, role, "")
	if p.options.Owner && role.Kind() == entity.Asset {
		out.owner = c.columnOutputs(&p.tables[identityTable], role, "owner_")
	}
	out.match = c.roleOutput(role, "match", matchColumn)
	if in.table != nil {
		var members [][]byte
		for i := range out.columns {
			if out.columns[i].column != unusedColumn {
				members = append(members, out.columns[i].member)
			}
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
		if c.plan.writesField(prefix+column.Name) || c.plan.writesField(column.Name) {
			at := slices.Index(in.columns, i)
			if at < 0 {
				at = unusedColumn
			}
			o := c.roleOutput(role, prefix+column.Name, at)
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
		if p.writesField(columns[i].Name) && t.Used(i) {
			in.columns = append(in.columns, i)
		}
	}
	if p.options.Urgency {
		in.priority = in.addColumn(t.Column("priority"))
	}
	if p.options.Owner && t.Kind() == entity.Asset {
		in.owner = in.addColumn(t.Column("owner"))
	}
	for i := range columns {
		if p.options.Owner && t.Kind() == entity.Identity && p.writesField("owner_"+columns[i].Name) {
			in.addColumn(i)
		}
	}
	for step := range entity.StepLocalPart + 1 {
		in.matchSuffixes = append(in.matchSuffixes, fmt.Appendf(nil, `,"kind":"%s","step":"%s`, t.Kind(), step))
	}
	in.view = t.View(in.columns, table.Fill(p.snapshot.Fill))
	return in
}

// addColumn adds a column of the table to those of the view and returns its number
// there, -1 if there is no such column.
func (in *tablePlan) addColumn(column int) int {
	if column < 0 || !in.table.Used(column) {
		return -1
	}
	if i := slices.Index(in.columns, column); i >= 0 {
		return i
	}
	in.columns = append(in.columns, column)
	return len(in.columns) - 1
}

// roleOutput returns the output of a role's field, named as it stands in the event.
func (c *compiler) roleOutput(role event.Role, field string, column int) output {
	into := c.plan.options.Into
	name := role.String() + "_" + field
	if into != "" {
		name = field
	}
	o := newOutput(name, role, column)
	path := name
	if into != "" {
		path = into + "." + role.String() + "." + field
	}
	o.path = c.addOutputPath(c.builder.RolePath(role, path))
	return o
}

// writesField reports whether Options.Fields lets a field be written.
func (p *plan) writesField(field string) bool {
	return len(p.options.Fields) == 0 || slices.Contains(p.options.Fields, field)
}
