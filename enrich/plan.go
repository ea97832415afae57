package enrich

import (
	"fmt"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
	"github.com/kithsec/kith/snapshot"
)

// plan is Options compiled for one Snapshot: the paths to read, the roles to look up and
// the fields to write. It is immutable.
type plan struct {
	options  Options
	snapshot *snapshot.Snapshot

	schema   *event.Schema
	lookedUp [event.NumRoles]bool // whether the role is looked up
	written  event.Set            // paths of outputs
	severity event.Path

	columnsOnly bool // only columns of matches are written, into the event itself
	roles       [event.NumRoles]rolePlan
	into        output                 // the object of Options.Into
	intoRoles   [event.NumRoles]output // the objects of roles inside it
	urgency     output
	tables      [numTables]tablePlan
	tableOf     [event.NumRoles]tableIndex // noTable for a role without a table
	accounts    bool                       // identities are found by accounts in a domain
	view        *view                      // for Options.View; nil if there is none
	viewed      *event.Schema              // Options.View
	unviewed    *event.Schema              // schema without the paths of the view; nil if there is no view
}

// tablePlan is a table and the columns that are read from it.
type tablePlan struct {
	table    *table.Table // nil if there is none
	view     *table.View
	columns  []int // of the view, in its order: columns of the table
	priority int   // index of columns, for the urgency; negative if it is not read
	owner    int   // index of columns, for Options.Owner; negative if it is not read

	matchSuffixes [][]byte // by step: what follows the key in <role>_match
}

// compiler builds the schema and the outputs of a plan.
type compiler struct {
	plan    *plan
	builder *event.Builder
}

// tablesOf returns the tables of a snapshot. A table that it lacks is nil.
func tablesOf(s *snapshot.Snapshot) [numTables]*table.Table {
	return [numTables]*table.Table{assetTable: table.Of(s.Assets), identityTable: table.Of(s.Identities)}
}

// newPlan compiles options for a snapshot. With a view it compiles them twice, once
// without the view for plan.unviewed.
func newPlan(s *snapshot.Snapshot, o Options) (*plan, error) {
	view := o.View
	o.View = nil
	p, err := compilePlan(s, o, nil)
	if err != nil || view == nil {
		return p, err
	}
	// The paths of the view come last, so that all others have the same numbers in both
	// schemas.
	with, err := compilePlan(s, o, view)
	if err == nil {
		with.unviewed, with.viewed = p.schema, view
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
	c.builder.Unwrap(o.Unwrap)
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

// selectRoles sets which roles are looked up, and in which table, and returns the roles to
// read. If only columns of matches are written, roles without a table are skipped, except
// those that name the machine of an account.
func (p *plan) selectRoles() (roles []event.Role) {
	people := p.tables[identityTable].table
	p.accounts = people != nil && people.FindsAccounts()
	for role := range event.Role(event.NumRoles) {
		if p.tableOf[role] = tableOf(role); p.tables[tableOf(role)].table == nil {
			p.tableOf[role] = noTable
		}
		if p.lookedUp[role] = !p.columnsOnly || p.tableOf[role] != noTable; p.lookedUp[role] || p.accounts && (role == event.Dvc || role == event.Host) {
			roles = append(roles, role)
		}
	}
	return roles
}

// addOutputs adds an output, and its path, for every field that may be written.
func (c *compiler) addOutputs() {
	p := c.plan
	if p.options.Into != "" {
		p.into = newOutput(p.options.Into, 0, 0)
		p.into.path = c.addOutputPath(c.builder.Key(p.options.Into))
	}
	for role := range event.Role(event.NumRoles) {
		if p.lookedUp[role] && c.builder.HasRole(role) {
			c.addRoleOutputs(role)
		}
	}
	p.urgency = newOutput("urgency", 0, urgencyColumn)
	p.urgency.path = c.addOutputPath(c.builder.Path("urgency"))
}

// addOutputPath adds the path of an output and returns it. The path may also be one that
// is read, as src_ip is.
func (c *compiler) addOutputPath(p event.Path) event.Path {
	c.plan.written.Add(p)
	return p
}

// addRoleOutputs adds the outputs of one role.
func (c *compiler) addRoleOutputs(role event.Role) {
	p := c.plan
	out := &p.roles[role]
	p.intoRoles[role] = newOutput(role.String(), role, 0)
	if p.options.Into != "" {
		p.intoRoles[role].path = c.addOutputPath(c.builder.RoleKey(role, p.options.Into+"."+role.String()))
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

// columnOutputs returns the outputs of those columns of a table that Options.Fields
// selects, by their names with or without the prefix.
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

// newTablePlan selects the columns that are read from a table. t may be nil.
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
	for step := range entity.NumSteps {
		in.matchSuffixes = append(in.matchSuffixes, fmt.Appendf(nil, `,"kind":"%s","step":"%s`, t.Kind(), step))
	}
	in.view = t.View(in.columns, table.Fill(p.snapshot.Fill))
	return in
}

// addColumn adds a column of the table to the view, unless it has it, and returns its
// index there. It returns -1 if column is negative or no record has a value in it.
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

// roleOutput returns the output of a role's field and adds its path.
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
	o.path = c.addOutputPath(c.builder.RoleKey(role, path))
	return o
}

// writesField reports whether Options.Fields selects a field.
func (p *plan) writesField(field string) bool {
	return len(p.options.Fields) == 0 || slices.Contains(p.options.Fields, field)
}

// output is one field that enrichment may write.
type output struct {
	name   string     // "src_priority"; inside an object of the role "priority"
	member []byte     // `,"src_priority":`
	path   event.Path // of the field in an event
	role   event.Role
	column int  // index of tablePlan.columns; or one of the constants below
	list   bool // the column can have several values

	ifEmpty     []byte // JSON written for an entity without a value, or nil
	ifUnmatched []byte // JSON written for a role that is present but unmatched, or nil
}

// Values of output.column for outputs without a column in the view.
const (
	matchColumn   = -1
	urgencyColumn = -2
	unusedColumn  = -3 // no record has a value in the column
)

func newOutput(name string, role event.Role, column int) output {
	o := output{name: name, role: role, column: column}
	o.member = append(jsonscan.AppendString([]byte{','}, name), ':')
	return o
}

// rolePlan lists the outputs of one role in the order in which they are written.
type rolePlan struct {
	columns []output
	members *table.Members // the columns, to be appended in one piece
	owner   []output       // for Options.Owner: columns of identities
	match   output
}

// esDefaults are the values that ES writes for an unmatched role, by field.
var esDefaults = map[string]string{
	"pci_domain": `["untrust"]`, "is_expected": "false", "should_timesync": "false",
	"should_update": "false", "requires_av": "false", "watchlist": "false",
}

// setDefaults sets whether the column has several values, and what Options.Defaults writes
// for a column without a value.
func (o *output) setDefaults(c entity.Column) {
	o.list = c.Multi
	if c.Boolean {
		o.ifEmpty = []byte("false")
	}
	if json, ok := esDefaults[c.Name]; ok {
		o.ifUnmatched = []byte(json)
	}
}
