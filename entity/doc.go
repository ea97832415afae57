// Package entity defines what assets and identities share: kinds, zones, priorities,
// urgencies, columns, the steps of a lookup, and row errors.
//
// An organisation maintains lists. A row of a list describes a machine (an asset) or a
// person (an identity). It has keys, which are values that identify the entity, and other
// fields, which describe it. Rows that share a key describe the same entity. Merging the
// rows makes one record per entity, with all of its keys, and keeps track of the row from
// which each value came.
//
// The terms are those of the Asset and Identity framework of Splunk Enterprise Security.
// Splunk is not required.
package entity
