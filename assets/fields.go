package assets

import "github.com/kithsec/kith/entity"

// Fields returns the columns of an asset list in the order in which they are
// written (SPEC 2.1), zone last. The slice is the caller's.
func Fields() []entity.Field {
	text := func(name string) entity.Field { return entity.Field{Name: name} }
	boolean := func(name string) entity.Field {
		return entity.Field{Name: name, Type: entity.Boolean, Form: entity.BooleanForm}
	}
	return []entity.Field{
		{Name: "ip", Type: entity.IP, Form: IPForm, Key: true, Multi: true},
		{Name: "mac", Type: entity.MAC, Form: MACForm, Key: true, Multi: true},
		{Name: "nt_host", Type: entity.Host, Form: HostForm, Key: true, Multi: true},
		{Name: "dns", Type: entity.Domain, Form: HostForm, Key: true, Multi: true},
		text("owner"),
		{Name: "priority", Type: entity.Rank, Form: entity.PriorityForm},
		{Name: "lat", Type: entity.Coordinate, Form: entity.LatitudeForm},
		{Name: "long", Type: entity.Coordinate, Form: entity.LongitudeForm},
		text("city"),
		text("country"),
		text("bunit"),
		{Name: "category", Multi: true},
		{Name: "pci_domain", Multi: true},
		boolean("is_expected"),
		boolean("should_timesync"),
		boolean("should_update"),
		boolean("requires_av"),
		{Name: "cim_entity_zone", Type: entity.ZoneName, Form: entity.ZoneForm},
	}
}
