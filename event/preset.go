package event

import (
	"slices"

	"github.com/kithsec/kith/entity"
)

// Preset lists where the events of one format name the entities of the roles.
type Preset struct {
	Name string
	// Prefixes are put before every field; "" is the bare field. Never empty.
	Prefixes []string
	// Aliases are further names of single fields, used without the prefixes.
	Aliases []Alias
	// Null holds null tokens beside those of every preset, compared ignoring
	// case.
	Null []string
	// Roles holds the roles that the format has, in the order of RoleNames.
	Roles []PresetRole
}

// Alias is a field with the names that it also goes by.
type Alias struct {
	Field string
	Also  []string
}

// PresetRole lists where a format names the entity of one role.
type PresetRole struct {
	Name   string
	Groups []PresetGroup // tried in order; see the package comment
}

// PresetGroup holds paths that name the same entity. All of its conditions must hold.
type PresetGroup struct {
	Paths []PresetPath
	When  []entity.Clause
}

// PresetPath is one path of a group, or a constant. Either Field or Value is set.
type PresetPath struct {
	Field string // names joined by dots, looked for under its Spellings
	// After is a text, ":" for example. The value is what follows its first
	// occurrence; without it the path is absent. If After is empty, the value is
	// taken whole.
	After string
	// Value is a constant. It is never absent.
	Value string
}

// RoleNames returns the roles in the order in which they are written to events.
func RoleNames() []string { return slices.Clone(roleNames[:]) }

// Presets returns the shipped presets, cim first.
func Presets() []Preset { return shippedPresets() }

// PresetNames returns the names of the shipped presets, in the order in which they
// are shown to users.
func PresetNames() []string {
	return []string{"cim", "ecs", "ocsf", "zeek", "suricata", "windows", "cloudtrail"}
}

// PresetByName returns the shipped preset with that name. There is none for [Auto].
func PresetByName(name string) (Preset, bool) {
	all := shippedPresets()
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return all[i], true
}

// Role returns the named role, or false if the format does not have it.
func (p Preset) Role(name string) (PresetRole, bool) {
	i := slices.IndexFunc(p.Roles, func(r PresetRole) bool { return r.Name == name })
	if i < 0 {
		return PresetRole{}, false
	}
	return p.Roles[i], true
}

// Spellings returns the paths under which to look for a field of p, without
// repeats, in the order in which they are tried.
func (p Preset) Spellings(field string) []string {
	var all []string
	add := func(path string) {
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	for _, prefix := range p.Prefixes {
		add(prefix + field)
	}
	for _, a := range p.Aliases {
		if a.Field == field {
			for _, path := range a.Also {
				add(path)
			}
		}
	}
	return all
}
