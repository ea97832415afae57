package identities

import "github.com/kithsec/kith/entity"

// Fields returns the columns of an identity list in the order in which they
// are written (SPEC 2.1), zone last. The slice is the caller's.
func Fields() []entity.Field {
	text := func(name string) entity.Field { return entity.Field{Name: name} }
	return []entity.Field{
		{Name: "identity", Key: true, Multi: true},
		text("prefix"),
		text("nick"),
		text("first"),
		text("last"),
		text("suffix"),
		{Name: "email", Key: true},
		text("phone"),
		text("phone2"),
		text("managedBy"),
		{Name: "priority", Type: entity.Rank, Form: entity.PriorityForm},
		text("bunit"),
		{Name: "category", Multi: true},
		{Name: "watchlist", Type: entity.Boolean, Form: entity.BooleanForm},
		{Name: "startDate", Type: entity.Instant, Form: entity.TimeForm},
		{Name: "endDate", Type: entity.Instant, Form: entity.TimeForm},
		text("work_city"),
		text("work_country"),
		{Name: "work_lat", Type: entity.Coordinate, Form: entity.LatitudeForm},
		{Name: "work_long", Type: entity.Coordinate, Form: entity.LongitudeForm},
		{Name: "cim_entity_zone", Type: entity.ZoneName, Form: entity.ZoneForm},
	}
}
