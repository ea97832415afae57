package entity

// Resolved is the result of resolving one key: the entity, the step that found it, and the
// fields of the entity after filling. It is for callers that retain the result, such as
// package risk. Enrichment does not use it.
type Resolved struct {
	Kind   Kind
	Zone   Zone   // the zone that was looked up
	Key    string // the canonical key of the entity, in the spelling of the list
	ID     string // asset_id or identity_id
	Step   Step
	Fields []FieldValues // the fields that have values, in the order of the columns
}

// FieldValues are the values of one field of an entity. A single-value field has one value.
// The values of a multi-value field are in rank order. A boolean is "true" or has no value.
type FieldValues struct {
	Name   string // the name in the list, such as "priority", and not "src_priority"
	Values []string
}

// Values returns the values of the named field, nil if it has none.
func (r Resolved) Values(field string) []string {
	return valuesOf(r.Fields, field)
}

func valuesOf(fields []FieldValues, name string) []string {
	for _, f := range fields {
		if f.Name == name {
			return f.Values
		}
	}
	return nil
}

// Named is the result for one of many names that are looked up together. It has only the
// fields that package risk needs for most names.
type Named struct {
	From, To int // the position of the canonical key in the buffer that it was appended to
	Kind     Kind
	Step     Step     // 0 if there is no match
	Priority Priority // after filling, Unset if there is none
}

// Step is the step of a lookup that found an entity.
type Step uint8

// The steps in the order in which they are tried. The zero Step means no match.
const (
	StepExact     Step = iota + 1 // the key itself: an address, a MAC or a name
	StepPrefix                    // the longest prefix that covers the address
	StepMACRange                  // the narrowest MAC range around the MAC
	StepForm                      // another form of the machine's name, such as its first label
	StepSuffix                    // the longest "*." suffix that the name ends with
	StepGuest                     // the address of a guest in a name with #EXT#
	StepDomain                    // an account in a domain: u@D, or u without its domain
	StepLocalPart                 // the part before the last "@"
	StepARN                       // the user or the session of an ARN
	NumSteps                      // the number of steps, counting no match
)

var stepNames = [...]string{"", "exact", "prefix", "mac_range", "form", "suffix", "guest", "domain", "local_part", "arn"}

// String returns the name of the step as `kith lookup` prints it, "" for no match.
func (s Step) String() string {
	if int(s) < len(stepNames) {
		return stepNames[s]
	}
	return ""
}
