package schema

// AssetFields returns the columns of an asset list in the order in which they are
// written, zone last. The slice is the caller's.
func AssetFields() []Field {
	text := func(name string) Field { return Field{Name: name} }
	boolean := func(name string) Field {
		return Field{Name: name, Type: Boolean, Form: BooleanForm}
	}
	return []Field{
		{Name: "ip", Type: IP, Form: IPForm, Key: true, Multi: true},
		{Name: "mac", Type: MAC, Form: MACForm, Key: true, Multi: true},
		{Name: "nt_host", Type: Host, Form: HostForm, Key: true, Multi: true},
		{Name: "dns", Type: Domain, Form: HostForm, Key: true, Multi: true},
		text("owner"),
		{Name: "priority", Type: Rank, Form: PriorityForm},
		{Name: "lat", Type: Coordinate, Form: LatitudeForm},
		{Name: "long", Type: Coordinate, Form: LongitudeForm},
		text("city"),
		text("country"),
		text("bunit"),
		{Name: "category", Multi: true},
		{Name: "pci_domain", Multi: true},
		boolean("is_expected"),
		boolean("should_timesync"),
		boolean("should_update"),
		boolean("requires_av"),
		{Name: "cim_entity_zone", Type: ZoneName, Form: ZoneForm},
	}
}

// IdentityFields returns the columns of an identity list in the order in which they
// are written, zone last. The slice is the caller's.
func IdentityFields() []Field {
	text := func(name string) Field { return Field{Name: name} }
	return []Field{
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
		{Name: "priority", Type: Rank, Form: PriorityForm},
		text("bunit"),
		{Name: "category", Multi: true},
		{Name: "watchlist", Type: Boolean, Form: BooleanForm},
		{Name: "startDate", Type: Instant, Form: TimeForm},
		{Name: "endDate", Type: Instant, Form: TimeForm},
		text("work_city"),
		text("work_country"),
		{Name: "work_lat", Type: Coordinate, Form: LatitudeForm},
		{Name: "work_long", Type: Coordinate, Form: LongitudeForm},
		{Name: "cim_entity_zone", Type: ZoneName, Form: ZoneForm},
	}
}
