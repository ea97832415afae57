// Package enrich writes into events who and what they touched.
//
// # Roles
//
// In an event an entity plays a role: src, dest, dvc or host (assets), user or
// src_user (identities). A preset says at which paths the events of a format
// name the entity of each role. Paths of one group name the same entity, and a
// value that nobody answers lets the next path try; a further group is asked
// only if all paths before it are absent. A null token ("-", "unknown") is
// absent. An array is looked up element by element, a number by its text.
//
// # What is written
//
// The event's own bytes stay as they are; new members are added at the end of
// the object, role by role: <role>_asset, <role>_asset_id, <role>_asset_tag and
// the columns of the list; <role>_identity and so on for identities. Empty
// values are not written, multi-value fields are arrays, booleans and
// coordinates are what they are. A member that the event has is kept unless
// Options.Overwrite replaces its value in place.
//
// What is no JSON object is passed through unchanged and counted.
//
// # How it is done
//
// An Enricher compiles its Options for a Snapshot into a plan: which paths to
// find, which table to ask, which bytes to write. An event is scanned once for
// all paths, not decoded. Events are taken in batches of 64, whose lookups go
// step by step side by side, because with a million assets three quarters of
// the time is waiting for memory, and reads that do not depend on each other
// wait together. What is written lies in the tables as JSON, ready to be copied.
//
// A Snapshot never changes. Swap replaces it whole, while events pass: each is
// enriched from one Snapshot, the old or the new.
package enrich
