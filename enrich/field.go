package enrich

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// output is one field that enrichment may write.
type output struct {
	name   string     // in the event: "src_priority"; inside an object "priority"
	member []byte     // `,"src_priority":`
	path   event.Path // finds it in an event
	role   event.Role
	column int // of the view of the role's table; or one of the columns below

	ifEmpty     []byte // JSON for an entity that has no value; nil for none
	ifUnmatched []byte // JSON for a role that is present but unmatched; nil for none
}

// Columns of outputs that no table has.
const (
	matchColumn   = -1
	urgencyColumn = -2
	unusedColumn  = -3 // a column of which no record has a value
)

func newOutput(name string, role event.Role, column int) output {
	o := output{name: name, role: role, column: column}
	o.member = append(jsonscan.AppendString([]byte{','}, name), ':')
	return o
}

// rolePlan lists the outputs of one role in the order in which they are
// written.
type rolePlan struct {
	columns []output
	members *table.Members // the same
	owner   []output       // for Options.Owner: columns of identities
	match   output
}

// esDefaults are the ES defaults of roles that nothing matched, by field.
var esDefaults = map[string]string{
	"pci_domain": `["untrust"]`, "is_expected": "false", "should_timesync": "false",
	"should_update": "false", "requires_av": "false", "watchlist": "false",
}

// setDefaults sets what --defaults writes for a column that has no value.
func (o *output) setDefaults(c entity.Column) {
	if c.Boolean {
		o.ifEmpty = []byte("false")
	}
	if json, ok := esDefaults[c.Name]; ok {
		o.ifUnmatched = []byte(json)
	}
}
