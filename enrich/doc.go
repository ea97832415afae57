// Package enrich enriches events: it looks up the assets and identities that an event
// names and adds their fields to the event.
//
// # Roles
//
// An entity plays a role in an event: src, dest, dvc or host (assets), user or src_user
// (identities). A preset lists the paths at which the events of a format name the
// entity of each role. The paths of a group name the same entity: if a value matches no
// entity, the next path is tried. The next group is tried only if all paths before it
// are absent. A null token ("-", "unknown") counts as absent. Arrays are looked up
// element by element, and numbers by their text.
//
// # Output
//
// The bytes of the event are kept, and new members are added at the end of the object,
// role by role: <role>_asset, <role>_asset_id, <role>_asset_tag and the columns of the
// list; and <role>_identity and so on for identities. Empty values are left out,
// multi-value fields are arrays, and booleans and coordinates are written as such. A
// member that the event already has is kept, unless Options.Overwrite replaces its
// value in place.
//
// Lines that are not JSON objects are passed through unchanged and counted.
//
// # Implementation
//
// An Enricher compiles its Options for a Snapshot into a plan: the paths to find, the
// tables to look up and the bytes to write. An event is scanned once for all paths and
// is not decoded. Events are processed in batches of 64. All lookups of a batch go
// through each stage together, so that their cache misses overlap: with a million
// assets, three quarters of the time is spent waiting for memory. The tables store
// values as JSON, ready to be copied.
//
// A Snapshot never changes. Swap replaces it while events are being enriched: each
// event is enriched from one Snapshot, the old or the new.
package enrich
