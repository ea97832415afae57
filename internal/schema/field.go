package schema

import (
	"fmt"
	"strings"
)

// Type is the type of the values of a field. It decides how they are written into
// events.
type Type uint8

// The types. The zero Type is Text.
const (
	Text       Type = iota
	Boolean         // written as true or false; blank is false
	Coordinate      // decimal degrees, written as a number
	Rank            // a Priority
	Instant         // a time, RFC 3339 UTC in whole seconds
	IP              // addresses and prefixes
	MAC             // MACs and MAC ranges
	Host            // a name
	Domain          // a name, or "*." and a name: every name below it
	ZoneName        // cim_entity_zone
)

// Policy decides which values of joined rows an entity keeps.
type Policy uint8

// The policies. The zero Policy stands for the default of the field's type.
const (
	DefaultPolicy Policy = iota
	Union                // all values, in rank order, no repeats
	First                // the best-ranked that is not empty
	Highest              // the highest priority
	Any                  // true if any row has true
	Latest               // the latest time
	Earliest             // the earliest time
	Exclude              // none; the column is not written
)

var policyNames = [...]string{"default", "union", "first", "highest", "any", "latest", "earliest", "exclude"}

// String returns the policy's name in the configuration.
func (p Policy) String() string { return policyNames[p] }

// PolicyNames are the words that ParsePolicy accepts.
func PolicyNames() []string { return policyNames[1:] }

// ParsePolicy returns the policy of that name.
func ParsePolicy(name string) (Policy, error) {
	for p, n := range policyNames[1:] {
		if name == n {
			return Policy(p + 1), nil
		}
	}
	return 0, fmt.Errorf("unknown policy %q: use %s", name, strings.Join(PolicyNames(), ", "))
}

// DefaultLimit is how many values a multi-value field shows.
const DefaultLimit = 25

// Field describes one column of a list.
type Field struct {
	Name   string
	Type   Type
	Form   Form // how a value is read; nil is text as it stands
	Key    bool // its values name the entity
	Multi  bool // a cell holds several values, parted by "|"
	Tag    bool // its values are added to asset_tag or identity_tag
	Exact  bool // values that differ only in case are two
	Custom bool // not a field of the framework: carried through
	Policy Policy
	Limit  int // values shown; 0 is DefaultLimit, negative is no limit
}

// EffectivePolicy resolves DefaultPolicy: union for multi-value fields, any
// for booleans, highest for priority, first for the rest.
func (f *Field) EffectivePolicy() Policy {
	switch {
	case f.Policy != DefaultPolicy:
		return f.Policy
	case f.Multi:
		return Union
	case f.Type == Boolean:
		return Any
	case f.Type == Rank:
		return Highest
	}
	return First
}

// Check reports a policy that the field's type cannot follow.
func (f *Field) Check() error {
	need := func(ok bool, what string) error {
		if ok {
			return nil
		}
		return fmt.Errorf("policy %q is for %s; %q is not one", f.Policy, what, f.Name)
	}
	switch f.Policy {
	case Union:
		return need(f.Multi, "multi-value fields")
	case Highest:
		return need(f.Type == Rank, "priorities")
	case Any:
		return need(f.Type == Boolean, "booleans")
	case Latest, Earliest:
		return need(f.Type == Instant, "dates")
	case Exclude:
		return need(!f.Key, "fields that are no keys")
	}
	return nil
}

// ShowLimit returns how many values the field shows, or a negative number for
// all of them.
func (f *Field) ShowLimit() int {
	if f.Limit == 0 {
		return DefaultLimit
	}
	return f.Limit
}
