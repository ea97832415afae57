// Package assets defines assets, the machines of an organisation, and the table that looks
// them up: the columns of an asset list, the canonical forms of keys, and the steps of a
// lookup.
//
// The keys of an asset are its addresses, MACs and names. A list can also give it networks
// (10.1.0.0/16), ranges of addresses, ranges of MACs, and domain suffixes
// (*.corp.example.com). A range of addresses becomes the smallest set of prefixes that
// covers it exactly.
//
// [Table.Lookup] classifies a key by its shape and tries these steps in order: the key itself,
// the longest prefix that covers the address, the narrowest range around the MAC, another form of
// the name (see [Forms]), the longest suffix of the name.
//
// An IPv4-mapped IPv6 address is the same key as its IPv4 address, and the scope zone of an
// IPv6 address (%eth0) is ignored.
package assets
