package event

import (
	"slices"

	"github.com/kithsec/kith/entity"
)

// Preset describes one format of events: in which fields the entity of each role is
// found.
type Preset struct {
	Name string
	// Prefixes are put before every field, one at a time; "" stands for the field
	// without a prefix. There must be at least one.
	Prefixes []string
	// EitherCase means that the first letter of a field below a prefix may be in the other
	// case: targetUserName for TargetUserName. It does not concern aliases.
	EitherCase bool
	Lists      []PresetList
	// Aliases are other names of single fields, used without the prefixes.
	Aliases []Alias
	// Null holds null tokens of this format, in addition to NullTokens. They are
	// compared ignoring case.
	Null []string
	// Marks are the characteristics by which Auto recognises events of the format: an
	// event has the format if it has at least one entry of every list. An entry is the
	// text of a path, which must not go through an array, or an object, such as
	// "source.*". It is used without Prefixes and Aliases. Marks of Options.Presets are
	// tried in the order of the presets, before those of the shipped presets, which are
	// not listed here.
	Marks [][]string
	// Roles holds the roles that the format has, in the order of RoleNames.
	Roles []PresetRole
	// Times holds the fields at which events of the format have their time, in the
	// order in which they are tried. Each is looked for under all of its Spellings, and
	// none goes through an array.
	Times []string
}

// Alias lists other names of a field.
type Alias struct {
	Field string
	Also  []string
}

// PresetRole lists the fields in which the entity of one role is found.
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
//
// The value of the path is the text in the event, or the part of it that After,
// AfterLast, Before and Take select. They apply in this order, whichever are set, each to
// what the previous one left. The text counts as absent if it lacks one of the separators,
// or if nothing is left of it but white space or a null token. Conditions read the whole
// text.
type PresetPath struct {
	Field string // the text of a path, looked for under all of its Spellings
	// After is a separator such as ":". What follows its first occurrence is left.
	After string
	// AfterLast is a separator such as "/". What follows its last occurrence is left.
	AfterLast string
	// Before is a separator such as "@". What precedes its first occurrence is left.
	Before string
	// Take is TakeAddress, or "" for the whole text.
	Take string
	// Domain is the text of the path at which the event has the domain of the account
	// that Field names, or "". It is looked for under the same prefix as Field. It must
	// not go through an array. A null token is no domain.
	Domain string
	// Wire means that the value is a MAC address as it was seen on the wire. In a routed
	// network that is the address of a router, unless the machine is on the same link as
	// the observer. So the value counts only if its group has no address, or only link-local
	// ones; these and the MAC addresses beside them then count as elements of one array.
	Wire bool
	// Value is a constant, which is never absent.
	Value string
}

// RoleNames returns the names of the roles in the order in which their fields are
// written to events.
func RoleNames() []string { return slices.Clone(roleNames[:]) }

// Presets returns the shipped presets, cim first.
func Presets() []Preset { return shippedPresets() }

// PresetNames returns the names of the shipped presets, in the order in which they
// are shown to users.
func PresetNames() []string {
	return []string{
		"cim", "ecs", "ocsf", "zeek", "suricata", "windows", "cloudtrail",
		"okta", "entra", "defender", "crowdstrike", "gcp", "kubernetes", "github", "wazuh",
	}
}

// PresetByName returns the shipped preset with that name, or false if there is none.
// [Auto] is not the name of a preset.
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

// TimePaths returns the paths at which to look for the time of an event, without
// duplicates, in the order in which they are tried.
func (p Preset) TimePaths() []string {
	var all []string
	for _, field := range p.Times {
		for _, path := range p.Spellings(field) {
			if !slices.Contains(all, path) {
				all = append(all, path)
			}
		}
	}
	return all
}

// Spellings returns the paths under which to look for a field of p, without
// duplicates, in the order in which they are tried.
func (p Preset) Spellings(field string) []string {
	var all []string
	add := func(path string) {
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	for _, prefix := range p.Prefixes {
		add(prefix + field)
		if p.EitherCase {
			add(prefix + swapFirstCase(field))
		}
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

// swapFirstCase returns a field with its first letter in the other case. A field that does
// not begin with an ASCII letter stays as it is.
func swapFirstCase(field string) string {
	if field == "" || field[0]|0x20 < 'a' || field[0]|0x20 > 'z' {
		return field
	}
	return string(field[0]^0x20) + field[1:]
}
