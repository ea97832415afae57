package schema

import "github.com/kithsec/kith/internal/fold"

// AssetFields returns the columns of an asset list in the order in which they are written,
// the zone last. The caller owns the slice.
func AssetFields() []Field {
	text := func(name string) Field { return Field{Name: name} }
	boolean := func(name string) Field {
		return Field{Name: name, Type: Boolean, Form: BooleanForm}
	}
	return []Field{
		{Name: "ip", Type: IP, Form: IPForm, Key: true, Multi: true},
		{Name: "mac", Type: MAC, Form: MACForm, Key: true, Multi: true},
		{Name: "nt_host", Type: Host, Form: NTHostForm, Key: true, Multi: true},
		{Name: "dns", Type: Domain, Form: DNSForm, Key: true, Multi: true},
		text("owner"),
		{Name: "priority", Type: Priority, Form: PriorityForm},
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

// IdentityFields returns the columns of an identity list in the order in which they are
// written, the zone last. The caller owns the slice.
func IdentityFields() []Field {
	text := func(name string) Field { return Field{Name: name} }
	return []Field{
		{Name: "identity", Key: true, Multi: true, Proxies: true},
		text("prefix"),
		text("nick"),
		text("first"),
		text("last"),
		text("suffix"),
		{Name: "email", Key: true, Proxies: true},
		text("phone"),
		text("phone2"),
		text("managedBy"),
		{Name: "priority", Type: Priority, Form: PriorityForm},
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

// Untrust is the pci_domain of an asset that has no other.
const Untrust = "untrust"

// ImplyPCI adds the values that the merged categories and PCI domains of an asset imply, as
// Enterprise Security does. Category cardholder implies category pci and the domains trust
// and cardholder. Category pci, or a domain pci, wireless or dmz, implies the domain trust.
// An asset without a domain gets untrust, which is removed if there is any other domain.
// Implied values follow the listed ones.
func ImplyPCI(categories, domains []string) (cat, dom []string) {
	var c, d ValueSet
	for _, v := range categories {
		c.Add(v)
	}
	for _, v := range domains {
		d.Add(v)
	}
	if c.Has("cardholder") {
		c.Add("pci")
	}
	if c.Has("pci") || d.Has("pci") || d.Has("wireless") || d.Has("dmz") {
		d.Add("trust")
	}
	if c.Has("cardholder") {
		d.Add("cardholder")
	}
	return c.Values, defaultDomain(d.Values)
}

func defaultDomain(domains []string) []string {
	if len(domains) == 0 {
		return []string{Untrust}
	}
	if len(domains) == 1 {
		return domains
	}
	var rest []string
	for _, d := range domains {
		if fold.Lower(d) != Untrust {
			rest = append(rest, d)
		}
	}
	return rest
}
