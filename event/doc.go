// Package event reads events: the values at paths, the values that name the
// entities in its roles, its zone and its time.
//
// # Presets
//
// A [Preset] lists where the events of one format name the entity of each role
// (src, dest, dvc, host, user, src_user), as groups of paths. The paths of a
// group name the same entity: if a value matches no entity, the next path is
// tried. Groups name different entities: a group is tried only if its conditions
// hold and every path of the groups before it is absent. A group whose
// conditions do not hold counts as absent.
//
// A null token, such as "-" or "unknown", counts as absent in paths and in
// conditions. [NullTokens] apply to all presets; each preset can add its own.
//
// Every field of a path or a condition is looked for under all of its spellings:
// first with each prefix of the preset, in order, then under its aliases without
// a prefix. For a path each spelling is a path of its own, tried in this order.
// The values of a condition's field are those of the first spelling that is
// present.
//
// The shipped presets are the YAML files in the folder presets, in the form in
// which users write their own ([PresetFile]). The Go tables are generated from
// these files, so that programs that embed Kith do not need a YAML parser.
package event

//go:generate go run ./gen
