package preset

import (
	"slices"

	"github.com/kithsec/kith/internal/cond"
)

// Preset says where in the events of one format the roles are found. Presets
// are not changed once they are made; the functions of this package return
// fresh ones.
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
	Roles []Role
}

// Alias is a field with the names that it also goes by.
type Alias struct {
	Field string
	Also  []string
}

// Role is a part that an entity plays in an event.
type Role struct {
	Name   string
	Groups []Group // tried in order; see the package comment
}

// Group holds paths that name the same entity. All of its conditions must hold.
type Group struct {
	Paths []Path
	When  []cond.Clause // compiles
}

// Path is one place where a value may stand. Either Field is set or Value.
type Path struct {
	Field string // names joined by dots; to be looked for under its Spellings
	// After is the text behind whose first occurrence the value begins, e.g. ":".
	// A value without it is absent. "" takes the whole value.
	After string
	// Value is the value itself, for what an event says otherwise than by a
	// field. It is never absent.
	Value string
}

// RoleNames returns the roles in the order in which they are written to events.
func RoleNames() []string {
	return []string{"src", "dest", "dvc", "host", "user", "src_user"}
}

// List returns the presets that Kith brings, cim first.
func List() []Preset { return tables() }

// Names returns the names of the presets that Kith brings, in the order of List.
func Names() []string {
	var names []string
	for _, p := range tables() {
		names = append(names, p.Name)
	}
	return names
}

// ByName returns the preset of that name, or false if Kith brings none. Auto is
// the name of none.
func ByName(name string) (Preset, bool) {
	all := tables()
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return all[i], true
}

// Role returns the named role, or false if the format does not have it.
func (p Preset) Role(name string) (Role, bool) {
	i := slices.IndexFunc(p.Roles, func(r Role) bool { return r.Name == name })
	if i < 0 {
		return Role{}, false
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
