// Package event reads events: the values at paths, the entities that play the
// roles of an event, its zone and its time.
//
// # Presets
//
// A [Preset] lists where the events of one format name the entity of each role
// (src, dest, dvc, host, user, src_user), as groups of paths. The paths of a
// group name the same entity: if a value matches no entity, the next path is
// tried. Groups name different entities: a group is tried only if every path of
// the groups before it is absent and if its conditions hold. A group whose
// conditions fail counts as absent.
//
// A null token, such as "-" or "unknown", is absent, for paths and conditions
// alike. [NullTokens] apply to all presets; each preset may add its own.
//
// Every field, of a path or of a condition, is looked for under all of its
// spellings: first each prefix of the preset put before it, in order, then its
// aliases as they stand. For a path each spelling is a path of its own, tried in
// this order; the values of a condition's field are those of the first spelling
// that is present.
//
// The shipped presets are the YAML files in the folder presets, in the form in
// which users write their own ([PresetFile]). The Go tables are generated from
// these files, so that programs that embed Kith need no YAML.
package event

//go:generate go run ./gen
