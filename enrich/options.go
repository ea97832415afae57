package enrich

import (
	"github.com/kithsec/kith/event"
)

// Options control which fields are written into events, and how. The zero Options are
// the defaults.
type Options struct {
	Format    string         // preset: cim (default), ecs, ocsf, zeek, suricata, windows, cloudtrail, auto, or one of Presets
	Presets   []event.Preset // the user's own; one that is named like a built-in replaces it
	Fields    []string       // write only these fields, named without the role; none is all
	Into      string         // nest the fields in this object; "" writes them into the event itself
	Owner     bool           // add the owner of assets as <role>_owner_<field>
	Overwrite bool           // replace fields that the event has; default is to keep them
	Defaults  bool           // write false booleans, and the ES defaults for roles that nothing matched
	Match     bool           // add <role>_match: why it matched
	Urgency   bool           // add urgency to events that have a severity
	Validate  bool           // reject events that are not valid JSON (RFC 8259)
	Zone      event.ZoneOptions
	View      *event.Schema // what the events of a Worker are read by; nil if they are not read

	// OCSF writes the fields of OCSF events as objects into their array
	// "enrichments", and nests those of other events in an object of that name.
	// Into must then be empty or that name.
	OCSF bool
}
