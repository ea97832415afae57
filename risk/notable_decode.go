package risk

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/risk/score"
)

// notableJSON is a Notable as AppendJSON writes it.
type notableJSON struct {
	ID            string             `json:"id"`
	Rule          string             `json:"rule"`
	Time          time.Time          `json:"_time"`
	Name          string             `json:"risk_object"`
	Type          string             `json:"risk_object_type"`
	Normalized    string             `json:"normalized_risk_object"`
	Score         score.Score        `json:"risk_score"`
	Uncapped      score.Score        `json:"uncapped_score"`
	Events        int                `json:"risk_event_count"`
	Spellings     []string           `json:"risk_objects"`
	Sources       []string           `json:"sources"`
	Tactics       []string           `json:"tactics"`
	Techniques    []string           `json:"techniques"`
	Threats       []detect.Threat    `json:"threat_objects"`
	Window        string             `json:"window"`
	Trigger       string             `json:"trigger"`
	Severity      string             `json:"severity"`
	Priority      string             `json:"priority"`
	Urgency       string             `json:"urgency"`
	Contributions []contributionJSON `json:"contributions"`
	Zone          string             `json:"cim_entity_zone"`
}

// contributionJSON is a Contribution as AppendJSON writes it, or the remainder.
type contributionJSON struct {
	Time          time.Time    `json:"_time"`
	Object        string       `json:"risk_object"`
	Source        string       `json:"source"`
	Message       string       `json:"risk_message"`
	Base          score.Score  `json:"base"`
	Adds          []factorJSON `json:"adds"`
	Multiplies    []factorJSON `json:"multiplies"`
	Calculated    score.Score  `json:"calculated"`
	Decay         score.Weight `json:"decay_weight"`
	DedupDiscount score.Score  `json:"dedup_discount"`
	CapDiscount   score.Score  `json:"cap_discount"`
	Rank          score.Weight `json:"rank_weight"`
	Value         score.Score  `json:"contribution"`
	SID           string       `json:"orig_sid"`
	RID           string       `json:"orig_rid"`
	Remainder     int          `json:"remainder"`
}

type factorJSON struct {
	Factor string        `json:"factor"`
	Value  score.Decimal `json:"value"`
}

// UnmarshalJSON decodes a notable that AppendJSON encoded.
func (n *Notable) UnmarshalJSON(data []byte) error {
	var j notableJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	window, err := eventtime.ParseDuration(j.Window)
	if err != nil {
		return err
	}
	*n = Notable{
		ID: j.ID, Rule: j.Rule, Time: j.Time.UTC(), Name: j.Name, Object: detect.Object{Zone: entity.Zone(j.Zone), Type: j.Type},
		Score: j.Score, Uncapped: j.Uncapped, Events: j.Events,
		Spellings: j.Spellings, Sources: j.Sources, Tactics: j.Tactics, Techniques: j.Techniques, Threats: j.Threats,
		Window: window, WindowText: j.Window,
	}
	n.Object.Key = strings.TrimSuffix(j.Normalized, n.Object.Normalized())
	switch j.Trigger {
	case Arrival.String():
	case Expiry.String():
		n.Trigger = Expiry
	default:
		return fmt.Errorf("unknown trigger %q", j.Trigger)
	}
	for _, level := range []struct {
		word string
		to   *entity.Priority
	}{{j.Severity, &n.Severity}, {j.Priority, &n.Priority}, {j.Urgency, &n.Urgency}} {
		var known bool
		if *level.to, known = entity.ParsePriority(level.word); !known {
			return fmt.Errorf("unknown priority %q", level.word)
		}
	}
	for i := range j.Contributions {
		if c := &j.Contributions[i]; c.Remainder > 0 {
			n.Rest = Remainder{c.Remainder, c.Value}
		} else {
			n.Contributions = append(n.Contributions, c.toContribution())
		}
	}
	return nil
}

func (j *contributionJSON) toContribution() Contribution {
	return Contribution{
		Time: j.Time.UTC(), Object: j.Object, Source: j.Source, Message: j.Message,
		Base: j.Base, Adds: factorsOf(j.Adds), Multiplies: factorsOf(j.Multiplies), Calculated: j.Calculated,
		Decay: j.Decay, DedupDiscount: j.DedupDiscount, CapDiscount: j.CapDiscount, Rank: j.Rank, Value: j.Value,
		SID: j.SID, RID: j.RID,
	}
}

func factorsOf(list []factorJSON) []detect.AppliedFactor {
	var factors []detect.AppliedFactor
	for _, f := range list {
		factors = append(factors, detect.AppliedFactor{Name: f.Factor, Value: f.Value})
	}
	return factors
}
