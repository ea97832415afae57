package schema

import (
	"github.com/kithsec/kith/internal/fold"
)

// Untrust is the pci_domain of an asset that states none and implies none.
const Untrust = "untrust"

// ImplyPCI adds to the merged categories and pci domains of an asset what they
// imply (after Enterprise Security): category cardholder implies category pci and the
// domains trust and cardholder; category pci, or a domain pci, wireless or dmz,
// implies the domain trust; no domain at all means untrust, which falls away
// beside any other. Implied values follow the stated ones.
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
