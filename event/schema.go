package event

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/jsonscan"
)

// Options configure how a [Schema] reads events. The zero Options are the defaults.
type Options struct {
	// Format is the name of the preset that lists the paths of the roles: a shipped
	// preset, one of Presets, or Auto, which recognises the preset of each event.
	// The default is cim.
	Format string
	// Presets are additional presets. One that has the name of a shipped preset
	// replaces it. Auto tries their Marks first.
	Presets []Preset
	Zone    ZoneOptions
	// Verbatim makes conditions compare values as they are written: with the white
	// space around them, and objects by their JSON. By default they compare trimmed
	// scalars and the trimmed scalars of arrays.
	Verbatim bool
}

// ZoneOptions configure the zone of events.
type ZoneOptions struct {
	Fields  []string    // the first with a value is the zone; empty means cim_entity_zone
	Rules   []ZoneRule  // for events without such a value: the first whose conditions hold applies
	Default entity.Zone // if no rule applies
}

// ZoneRule gives a zone to events for which conditions hold.
type ZoneRule struct {
	Zone entity.Zone
	When []entity.Clause // all must hold
}

// FormatError reports an unknown format.
type FormatError struct {
	Format string
	Known  []string
}

// Error lists the known formats.
func (e *FormatError) Error() string {
	return fmt.Sprintf("unknown format %q: use %s", e.Format, strings.Join(e.Known, ", "))
}

// Schema describes what is read from events: paths, conditions, and the presets
// with the paths of the roles. It is immutable and may be used by any number of
// goroutines, each with its own [Event] and [Reader].
type Schema struct {
	texts         []string     // texts[p] is the text of Path p
	arrayPaths    []*arrayPath // by path, nil for paths through no array; may be shorter than texts
	throughArrays []Path       // the paths that go through an array
	arrays        Set          // the paths of those arrays
	paths         *jsonscan.Paths
	byKey         pathsByKey
	formats       []Format
	auto          *autoPlan // nil unless the format is Auto
	zonePaths     []Path
	zoneNulls     *nullSet // values that are not zones
	times         []Path
	// presetTimes returns the Schema that finds the times of presets; it is nil if they are
	// not read. The Schema is compiled when it is first needed, which most streams of risk
	// modifiers never do.
	presetTimes func() *Schema
	zone        entity.Zone
	zoneRules   []zoneRule
	verbatim    bool
	unwrap      *unwrapper // nil if each object is an event
}

type zoneRule struct {
	zone entity.Zone
	when *Condition
}

// Len returns the number of paths.
func (s *Schema) Len() int { return len(s.texts) }

// Text returns the text of a path, "" for NoPath.
func (s *Schema) Text(p Path) string {
	if p == NoPath {
		return ""
	}
	return s.texts[p]
}

// Routes returns all ways in which an event may contain a path. "a.b", for example,
// is either the key "a.b", or the key "b" in the object "a". A representation whose
// members have no order uses the first route that exists. In a path of more than ten
// names, only the last ten can be joined to flat keys. [Step.Matches] compares the keys of
// an event with those of a route, which can have a wildcard.
func (s *Schema) Routes(p Path) [][]Step { return routesOf(s.stepsOf(p)) }

// stepsOf returns the steps of a path, one for each name.
func (s *Schema) stepsOf(p Path) []Step {
	if s.isThroughArray(p) {
		return parsePath(s.texts[p])
	}
	var steps []Step
	for name := range strings.SplitSeq(s.texts[p], ".") {
		steps = append(steps, Step{Name: name})
	}
	return steps
}

// Equal reports whether two Schemas that were built with the same Options number the
// same paths alike, so that a Reader of one can read events that are bound to the
// other.
func (s *Schema) Equal(other *Schema) bool {
	return slices.Equal(s.texts, other.texts) && slices.Equal(s.throughArrays, other.throughArrays)
}

// Formats returns the formats that events may have. With Auto these are all presets. A preset
// that some events read together with a second one follows again, under the same name.
// Otherwise there is one format, or none if the Schema reads no roles. The caller must not
// change them.
func (s *Schema) Formats() []Format { return s.formats }
