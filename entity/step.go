package entity

// Step is the step of a lookup that found an entity.
type Step uint8

// The steps, in the order in which they are tried. The zero Step is no match.
const (
	StepExact     Step = iota + 1 // the key itself: an address, a MAC or a name
	StepPrefix                    // the longest prefix that covers the address
	StepMACRange                  // the narrowest MAC range around the MAC
	StepSuffix                    // the longest "*." name above the name
	StepDomain                    // the part after the first backslash
	StepLocalPart                 // the part before the last "@"
)

var stepNames = [...]string{"", "exact", "prefix", "mac_range", "suffix", "domain", "local_part"}

// String returns the step's name as `kith lookup` prints it; "" for no match.
func (s Step) String() string {
	if int(s) < len(stepNames) {
		return stepNames[s]
	}
	return ""
}
