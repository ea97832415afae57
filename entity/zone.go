package entity

import "github.com/kithsec/kith/internal/fold"

// Zone is a name space of keys (cim_entity_zone), lower-cased: the same key in
// two zones is two entities. The zero Zone is the unnamed one. It has nothing
// to do with the scope zone of an IPv6 address.
type Zone string

// ParseZone returns the zone that a cell names: trimmed, lower-cased.
func ParseZone(s string) Zone { return Zone(fold.Lower(fold.Trim(s))) }
