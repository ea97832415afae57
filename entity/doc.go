// Package entity holds the words that assets and identities share.
//
// An organisation keeps lists: rows that say something about a machine (an
// asset) or a person (an identity). A row has keys, values that name the
// entity, and other fields that describe it. Rows that share a key are about
// the same entity; merging leaves one record per entity, every key that leads
// to it, and for every value where it came from.
//
// The words and their meaning are those of the Asset and Identity framework of
// Splunk Enterprise Security; nothing here needs Splunk.
package entity
