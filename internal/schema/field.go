// Package schema defines how the cells of asset and identity lists are read: the fields of a
// list, the canonical form of a value, the values that are ignored, and how a key is
// classified by its shape.
package schema

import (
	"fmt"
	"strings"
)

// Type is the type of the values of a field. It determines how they are written into events.
type Type uint8

// The types. The zero Type is Text.
const (
	Text       Type = iota
	Boolean         // written as true or false; blank is false
	Coordinate      // decimal degrees, written as a number
	Priority        // one of Priorities
	Instant         // a time in UTC, in RFC 3339 with whole seconds
	IP              // addresses and prefixes
	MAC             // MACs and MAC ranges
	Host            // a name
	Domain          // a name, or "*." and a name, which stands for all names below it
	ZoneName        // cim_entity_zone
)

// Policy determines which values of its rows an entity keeps in a field.
type Policy uint8

// The policies. The zero Policy stands for the default of the field (see
// [Field.EffectivePolicy]).
const (
	DefaultPolicy Policy = iota
	Union                // all values, in rank order, without duplicates
	First                // the value of the highest-ranked row that has one
	Highest              // the highest priority
	Any                  // true if any row has true
	Latest               // the latest time
	Earliest             // the earliest time
	Exclude              // no values; the column is not written
)

var policyNames = [...]string{"default", "union", "first", "highest", "any", "latest", "earliest", "exclude"}

// String returns the name of the policy in the configuration.
func (p Policy) String() string { return policyNames[p] }

// PolicyNames returns the names that ParsePolicy accepts. The slice must not be changed.
func PolicyNames() []string { return policyNames[1:] }

// ParsePolicy returns the policy with the given name in the configuration.
func ParsePolicy(name string) (Policy, error) {
	for p, n := range policyNames[1:] {
		if name == n {
			return Policy(p + 1), nil
		}
	}
	return 0, fmt.Errorf("unknown policy %q: use %s", name, strings.Join(PolicyNames(), ", "))
}

// DefaultLimit is the default of Field.Limit.
const DefaultLimit = 25

// Field describes one column of a list.
type Field struct {
	Name    string
	Type    Type
	Form    Form // how a value is read; nil keeps the text as it is
	Key     bool // its values are keys of the entity
	NoJoin  bool // its values are keys that join no rows
	Multi   bool // a cell can list several values, separated by "|"
	Proxies bool // a cell can contain proxyAddresses: SMTP:a@x;smtp:b@x
	Tag     bool // its values are added to asset_tag or identity_tag
	Exact   bool // values that differ only in case are distinct
	Custom  bool // the field is not part of the framework
	Policy  Policy
	Limit   int // maximum number of values shown; 0 means DefaultLimit, negative means no limit
}

// EffectivePolicy returns the policy of the field. DefaultPolicy means union for multi-value
// fields, any for booleans, highest for priorities, and first for other fields.
func (f *Field) EffectivePolicy() Policy {
	switch {
	case f.Policy != DefaultPolicy:
		return f.Policy
	case f.Multi:
		return Union
	case f.Type == Boolean:
		return Any
	case f.Type == Priority:
		return Highest
	}
	return First
}

// Check returns an error if the policy of the field does not apply to its type.
func (f *Field) Check() error {
	need := func(ok bool, what string) error {
		if ok {
			return nil
		}
		return fmt.Errorf("policy %q applies only to %s; %q is not one", f.Policy, what, f.Name)
	}
	switch f.Policy {
	case Union:
		return need(f.Multi, "multi-value fields")
	case Highest:
		return need(f.Type == Priority, "priorities")
	case Any:
		return need(f.Type == Boolean, "booleans")
	case Latest, Earliest:
		return need(f.Type == Instant, "dates")
	case Exclude:
		return need(!f.Key, "fields that are not keys")
	}
	return nil
}

// ShowLimit returns the maximum number of values that the field shows, negative for no limit.
func (f *Field) ShowLimit() int {
	if f.Limit == 0 {
		return DefaultLimit
	}
	return f.Limit
}
