package table

import (
	"slices"

	"github.com/kithsec/kith/entity"
)

// ZoneID is the number of a zone in one Table.
type ZoneID uint32

// NoZone is the ZoneID of a zone that has no keys.
const NoZone = ^ZoneID(0)

// zoneList is the zones of a table, and the zone to which lookups fall back.
type zoneList struct {
	zones    []entity.Zone
	fallback ZoneID // NoZone without Options.Fallback
}

// Zones returns the zones that have keys, in a fixed order.
func (l *zoneList) Zones() []entity.Zone { return slices.Clone(l.zones) }

// Zone returns the number of a zone, NoZone if it has no keys.
func (l *zoneList) Zone(z entity.Zone) ZoneID {
	for i, zone := range l.zones {
		if zone == z {
			return ZoneID(i)
		}
	}
	return NoZone
}

// ZoneOf returns the zone in which a match was found, "" for a match of All.
func (l *zoneList) ZoneOf(m Match) entity.Zone {
	if m.zone == NoZone {
		return ""
	}
	return l.zones[m.zone]
}

// firstZone returns the zone in which a lookup begins, NoZone if there is none.
func (l *zoneList) firstZone(zone ZoneID) ZoneID {
	if zone == NoZone {
		return l.fallback
	}
	return zone
}

// nextZone returns the zone in which a lookup continues after zone, NoZone if there is
// none.
func (l *zoneList) nextZone(zone ZoneID) ZoneID {
	if zone == l.fallback {
		return NoZone
	}
	return l.fallback
}
