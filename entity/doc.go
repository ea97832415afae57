// Package entity defines the terms that assets and identities share: kinds, zones,
// priorities, urgencies, fields, tags, and the errors of rows.
//
// An organisation keeps lists. A row of a list describes a machine (an asset) or a
// person (an identity): it has keys, which are values that name the entity, and other
// fields, which describe it. Rows that share a key describe the same entity. Merging
// the rows makes one record per entity, lists every key of it, and records which row
// each value came from.
//
// The terms are those of the Asset and Identity framework of Splunk Enterprise
// Security. Nothing here requires Splunk.
package entity
