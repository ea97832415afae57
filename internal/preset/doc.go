// Package preset says where in an event the parts that entities play are found:
// one preset for every format of events. It is data; what finds the paths in
// events and looks the values up is package enrich.
//
// # What a preset says
//
// A preset lists for each role (src dest dvc host user src_user) groups of
// paths. The paths of a group name the same entity: a value that no entity
// answers lets the next path try. Groups name different entities: a group is
// tried only if every path of the groups before it is absent, and if its
// conditions hold (package cond); a group whose conditions fail counts as
// absent.
//
// A value that is a null token is absent, for the paths and for the conditions
// alike: a TargetUserName of "-" is not present. There are null tokens for all
// presets, and each may add its own.
//
// Every field, of a path or of a condition, is looked for under all of its
// spellings: the prefixes of the preset put before it, in order, then its
// aliases as they stand. For a path each spelling is a path of its own, tried
// in this order; the values of a condition's field are those of the first
// spelling that is present.
//
// # Where it is written
//
// Each preset is a YAML file in this folder, in the form in which users write
// their own (File). The Go tables are generated from the files, so that a
// program that embeds Kith needs no YAML.
package preset

//go:generate go run ./gen
