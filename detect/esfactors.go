package detect

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk/score"
)

// ESFactors returns the seven risk factors that Splunk Enterprise Security ships. They
// apply only if Config.ESFactors lists their names. Conditions and amounts are those of
// its manual ("Default risk factors in Splunk Enterprise Security"). The manual states
// no amount for PCI sources; they get the amount for contractors.
//
// A factor applies once if either its conditions or those of its twin hold. The twin has
// the same conditions over risk_object_* fields, because events that were not enriched
// have no user_* or dest_* fields.
func ESFactors() []ESFactor {
	isUser := entity.Clause{Field: "risk_object_type", Op: "=", Value: entity.Literals{"user"}}
	isSystem := entity.Clause{Field: "risk_object_type", Op: "=", Value: entity.Literals{"system"}}
	is := func(field, op, value string) entity.Clause {
		return entity.Clause{Field: field, Op: op, Value: entity.Literals{value}}
	}
	return []ESFactor{
		{
			Factor: Factor{Name: "admin_user", Multiply: score.DecimalOf(1.5), When: []entity.Clause{is("user_category", "regex", "admin")}},
			Twin:   []entity.Clause{isUser, is("risk_object_category", "regex", "admin")},
		},
		{
			Factor: Factor{Name: "contractor_user", Add: score.DecimalOf(5), When: []entity.Clause{is("user_category", "=", "contractor")}},
			Twin:   []entity.Clause{isUser, is("risk_object_category", "=", "contractor")},
		},
		{
			Factor: Factor{Name: "critical_priority_destination", Multiply: score.DecimalOf(1.5), When: []entity.Clause{is("dest_priority", "=", "critical")}},
			Twin:   []entity.Clause{isSystem, is("risk_object_priority", "=", "critical")},
		},
		{
			Factor: Factor{Name: "high_priority_user", Multiply: score.DecimalOf(1.25), When: []entity.Clause{is("user_priority", "=", "high")}},
			Twin:   []entity.Clause{isUser, is("risk_object_priority", "=", "high")},
		},
		{
			Factor: Factor{Name: "pci_source", Add: score.DecimalOf(5), When: []entity.Clause{is("src_category", "=", "pci")}},
			Twin:   []entity.Clause{isSystem, is("risk_object_category", "=", "pci")},
		},
		{
			Factor: Factor{Name: "watchlisted_priority_user", Multiply: score.DecimalOf(1.5), When: []entity.Clause{is("user_watchlist", "=", "true"), is("user_priority", "!=", "low")}},
			Twin:   []entity.Clause{isUser, is("risk_object_watchlist", "=", "true"), is("risk_object_priority", "!=", "low")},
		},
		{
			Factor: Factor{Name: "watchlisted_user", Multiply: score.DecimalOf(1.5), When: []entity.Clause{is("user_watchlist", "=", "true")}},
			Twin:   []entity.Clause{isUser, is("risk_object_watchlist", "=", "true")},
		},
	}
}

// ESFactor is a shipped factor and its twin.
type ESFactor struct {
	Factor
	Twin []entity.Clause // conditions for modifiers of events that were not enriched
}
