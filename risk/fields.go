package risk

import (
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/jsonscan"
)

// The paths that every line is searched for, before those that the
// configuration asks about.
const (
	pathObject = iota
	pathType
	pathScore
	pathOrigTime
	pathTime
	pathMessage
	pathSource
	pathSearchName
	pathThreat
	pathThreatType
	pathMitre
	pathMitreID
	pathTechnique
	pathTactic
	pathNestedTechnique
	pathNestedTactic
	pathZone
	pathSID
	pathRID
	pathRule
	pathContributions
	pathPriority
)

func standardPaths() []string {
	return []string{
		pathObject: "risk_object", pathType: "risk_object_type", pathScore: "risk_score",
		pathOrigTime: "orig_time", pathTime: "_time", pathMessage: "risk_message",
		pathSource: "source", pathSearchName: "search_name",
		pathThreat: "threat_object", pathThreatType: "threat_object_type",
		pathMitre: "annotations.mitre_attack", pathMitreID: "annotations.mitre_attack_id",
		pathTechnique: "annotations.mitre_technique_id", pathTactic: "annotations.mitre_tactic_id",
		pathNestedTechnique: "annotations.mitre_attack.mitre_technique_id",
		pathNestedTactic:    "annotations.mitre_attack.mitre_tactic_id",
		pathZone:            "cim_entity_zone", pathSID: "orig_sid", pathRID: "orig_rid",
		pathRule: "rule", pathContributions: "contributions",
		pathPriority: "risk_object_priority",
	}
}

// slot is where a condition finds a field: in the event, or in what is known
// of the modifier.
type slot struct {
	path  int // in the event
	own   own // of the modifier; it hides the event's
	field string
}

// own is a field that a modifier has of its own, whatever the event says.
type own uint8

const (
	ownNone own = iota
	ownObject
	ownType
	ownScore
	ownMessage
	ownSource
	ownThreat
	ownThreatType
	ownTactics
	ownTechniques
	ownEntity // risk_object_<field>: the event's, else the entity's
)

// entityPrefix is what the fields of a modifier's entity begin with.
const entityPrefix = "risk_object_"

func ownField(name string) own {
	switch name {
	case "risk_object":
		return ownObject
	case "risk_object_type":
		return ownType
	case "risk_score":
		return ownScore
	case "risk_message":
		return ownMessage
	case "source":
		return ownSource
	case "threat_object":
		return ownThreat
	case "threat_object_type":
		return ownThreatType
	case "tactics":
		return ownTactics
	case "techniques":
		return ownTechniques
	}
	if strings.HasPrefix(name, entityPrefix) {
		return ownEntity
	}
	return ownNone
}

// fields collects the paths that a configuration needs.
type fields struct {
	paths  []string
	index  map[string]int
	entity bool // whether a field of an object's entity is among them
}

func newFields() *fields {
	f := &fields{index: map[string]int{}}
	for _, path := range standardPaths() {
		f.path(path)
	}
	return f
}

func (f *fields) path(name string) int {
	i, found := f.index[name]
	if !found {
		i = len(f.paths)
		f.paths = append(f.paths, name)
		f.index[name] = i
	}
	return i
}

// event returns the slot of a field as an event has it.
func (f *fields) event(name string) slot { return slot{path: f.path(name), field: name} }

// modifier returns the slot of a field as a modifier has it.
func (f *fields) modifier(name string) slot {
	s := slot{path: f.path(name), own: ownField(name), field: strings.TrimPrefix(name, entityPrefix)}
	f.entity = f.entity || s.own == ownEntity
	return s
}

// when is a compiled condition and where it finds its fields.
type when struct {
	set   *cond.Set
	slots []slot
}

// compileWhen compiles conditions; find makes a slot of a field's name.
func compileWhen(conditions []entity.Clause, find func(string) slot) (when, error) {
	set, err := cond.Compile(conditions)
	if err != nil {
		return when{}, err
	}
	w := when{set: set}
	for _, name := range set.Fields() {
		if _, err := jsonscan.Compile([]string{name}); err != nil {
			return when{}, err
		}
		w.slots = append(w.slots, find(name))
	}
	return w, nil
}
