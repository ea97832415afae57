package risk

import (
	"strconv"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/risk/score"
)

// Notable is a risk notable: the record that the condition of an incident rule became true
// for an object. Times are UTC and lists are sorted.
type Notable struct {
	ID       string // 32 hexadecimal digits, from the rule, the object and the time
	Rule     string
	Time     time.Time
	Name     string // the most frequent spelling of the object
	Object   detect.Object
	Score    score.Score // after dedup and cap
	Uncapped score.Score // before dedup and cap
	Events   int         // number of modifiers in the window

	Spellings, Sources, Tactics, Techniques []string

	Threats    []detect.Threat
	Window     time.Duration
	WindowText string // Window as the configuration writes it
	Trigger    Trigger
	Severity   entity.Priority
	Priority   entity.Priority // the highest among the entities of the modifiers
	Urgency    entity.Priority

	Contributions []Contribution // ascending by time, then arrival
	Rest          Remainder      // contributions that are not listed
}

// Trigger is the event that made the condition of a rule true.
type Trigger uint8

// The triggers.
const (
	Arrival Trigger = iota // a modifier entered the window
	Expiry                 // a modifier that lowered the risk left it
)

// String returns "modifier" or "expiry".
func (t Trigger) String() string {
	if t == Expiry {
		return "expiry"
	}
	return "modifier"
}

// Contribution is the contribution of a modifier to a score. Its Value is
// ((Base + Σ Adds) × Π Multiplies × Decay − DedupDiscount − CapDiscount) × Rank.
type Contribution struct {
	Time          time.Time
	Object        string // as the modifier spells it
	Source        string
	Message       string
	Base          score.Score
	Adds          []detect.AppliedFactor
	Multiplies    []detect.AppliedFactor
	Calculated    score.Score // after factors, before decay
	Decay         score.Weight
	DedupDiscount score.Score
	CapDiscount   score.Score
	Rank          score.Weight
	Value         score.Score // the contribution
	SID, RID      string      // search and result that the modifier came from
}

// Remainder is the number and the sum of the contributions that a notable does not list.
type Remainder struct {
	Events int
	Value  score.Score
}

// AppendJSON appends n as a JSON object, without a newline.
func (n *Notable) AppendJSON(dst []byte) []byte {
	at := eventtime.Of(n.Time)
	b := appendMember(dst, '{', "id", n.ID)
	b = appendMember(b, ',', "rule", n.Rule)
	b = appendTime(b, `,"_time":`, at)
	b = appendMember(b, ',', "risk_object", n.Name)
	b = appendMember(b, ',', "risk_object_type", n.Object.Type)
	b = appendMember(b, ',', "normalized_risk_object", n.Object.Normalized())
	b = n.Score.Append(append(b, `,"risk_score":`...))
	b = n.Uncapped.Append(append(b, `,"uncapped_score":`...))
	b = strconv.AppendInt(append(b, `,"risk_event_count":`...), int64(n.Events), 10)
	b = appendList(b, "risk_objects", n.Spellings)
	b = appendList(b, "sources", n.Sources)
	b = appendList(b, "tactics", n.Tactics)
	b = appendList(b, "techniques", n.Techniques)
	b = appendThreats(b, n.Threats)
	b = appendMember(b, ',', "window", n.WindowText)
	b = appendTime(b, `,"window_start":`, at.Add(-n.Window))
	b = appendTime(b, `,"window_end":`, at)
	b = appendMember(b, ',', "trigger", n.Trigger.String())
	b = appendMember(b, ',', "severity", n.Severity.String())
	b = appendMember(b, ',', "priority", n.Priority.String())
	b = appendMember(b, ',', "urgency", n.Urgency.String())
	b = n.appendContributions(append(b, `,"contributions":[`...))
	if n.Object.Zone != "" {
		b = appendMember(b, ',', "cim_entity_zone", string(n.Object.Zone))
	}
	return append(b, '}')
}

// MarshalJSON returns AppendJSON.
func (n *Notable) MarshalJSON() ([]byte, error) { return n.AppendJSON(nil), nil }

func (n *Notable) appendContributions(b []byte) []byte {
	for i := range n.Contributions {
		if i > 0 {
			b = append(b, ',')
		}
		b = n.Contributions[i].AppendJSON(b)
	}
	if n.Rest.Events > 0 {
		if len(n.Contributions) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"remainder":`...), int64(n.Rest.Events), 10)
		b = n.Rest.Value.Append(append(b, `,"contribution":`...))
		b = append(b, '}')
	}
	return append(b, ']')
}

// AppendJSON appends c as a JSON object. Weights of 1 and discounts of 0 are left out.
func (c *Contribution) AppendJSON(dst []byte) []byte {
	b := appendTime(dst, `{"_time":`, eventtime.Of(c.Time))
	b = appendMember(b, ',', "risk_object", c.Object)
	b = appendMember(b, ',', "source", c.Source)
	b = appendMember(b, ',', "risk_message", c.Message)
	b = c.Base.Append(append(b, `,"base":`...))
	b = appendFactors(append(b, `,"adds":[`...), c.Adds)
	b = appendFactors(append(b, `,"multiplies":[`...), c.Multiplies)
	b = c.Calculated.Append(append(b, `,"calculated":`...))
	if !c.Decay.IsOne() {
		b = c.Decay.Append(append(b, `,"decay_weight":`...))
	}
	if c.DedupDiscount.Sign() != 0 {
		b = c.DedupDiscount.Append(append(b, `,"dedup_discount":`...))
	}
	if c.CapDiscount.Sign() != 0 {
		b = c.CapDiscount.Append(append(b, `,"cap_discount":`...))
	}
	if !c.Rank.IsOne() {
		b = c.Rank.Append(append(b, `,"rank_weight":`...))
	}
	b = c.Value.Append(append(b, `,"contribution":`...))
	if c.SID != "" {
		b = appendMember(b, ',', "orig_sid", c.SID)
	}
	if c.RID != "" {
		b = appendMember(b, ',', "orig_rid", c.RID)
	}
	return append(b, '}')
}

// MarshalJSON returns AppendJSON.
func (c Contribution) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

// appendFactors appends the elements of an array and its closing bracket.
func appendFactors(b []byte, list []detect.AppliedFactor) []byte {
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMember(b, '{', "factor", list[i].Name)
		b = append(list[i].Value.Append(append(b, `,"value":`...)), '}')
	}
	return append(b, ']')
}

func appendMember(b []byte, open byte, name, value string) []byte {
	b = append(append(append(b, open, '"'), name...), `":`...)
	return jsonscan.AppendString(b, value)
}

// appendTime appends a member whose value is a time. member is its separator and name.
func appendTime(b []byte, member string, x eventtime.Instant) []byte {
	return append(x.Append(append(append(b, member...), '"')), '"')
}

func appendList(b []byte, name string, values []string) []byte {
	b = append(append(append(b, `,"`...), name...), `":[`...)
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonscan.AppendString(b, v)
	}
	return append(b, ']')
}

func appendThreats(b []byte, threats []detect.Threat) []byte {
	b = append(b, `,"threat_objects":[`...)
	for i := range threats {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMember(b, '{', "type", threats[i].Type)
		b = append(appendMember(b, ',', "value", threats[i].Value), '}')
	}
	return append(b, ']')
}
