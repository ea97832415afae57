package enrich

import (
	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
)

// sink takes the fields that enrichment adds to one event, in order. The JSON
// is valid until the next field.
type sink interface {
	// begin says that the fields of a role follow.
	begin(s *roleState)
	// field adds one field of the role begun last.
	field(o *output, json []byte)
	// end says that the fields of the role are complete.
	end(s *roleState)
}

// fields gives everything that is added to an event to the sink: role by role,
// the table's columns, the owner's, the match; the urgency last.
func (b *batch) fields(e *eventState, to sink) {
	priority := entity.UnknownPriority
	for i := e.roles.from; i < e.roles.to; i++ {
		s := &b.roles[i]
		out := &b.plan.roles[s.role]
		to.begin(s)
		switch {
		case !s.matched:
			b.unmatched(out, to)
		case s.identity:
			priority = max(priority, b.identityFields(s.who, out.columns, to))
		default:
			priority = max(priority, b.assetFields(s, out, to))
		}
		if s.matched && b.plan.options.Match {
			to.field(&out.match, b.matchJSON(s))
		}
		to.end(s)
	}
	if e.severity != nil {
		b.scratch = fold.AppendLower(b.scratch[:0], e.severity)
		severity, _ := entity.ParsePriority(string(b.scratch))
		b.scratch = append(b.scratch[:0], '"')
		b.scratch = append(b.scratch, entity.Urgency(severity, priority).String()...)
		b.scratch = append(b.scratch, '"')
		to.field(&b.plan.urgency, b.scratch)
	}
}

// unmatched writes the ES defaults of a role that is present but unmatched.
func (b *batch) unmatched(out *rolePlan, to sink) {
	if !b.plan.options.Defaults {
		return
	}
	for i := range out.columns {
		if o := &out.columns[i]; o.ifUnmatched != nil {
			to.field(o, o.ifUnmatched)
		}
	}
}

func (b *batch) assetFields(s *roleState, out *rolePlan, to sink) entity.Priority {
	t := b.plan.snapshot.Assets
	filled := t.Fill(s.found, b.plan.snapshot.Fill)
	for i := range out.columns {
		o := &out.columns[i]
		var json []byte
		if o.column == entity.IDColumn {
			b.scratch = t.AppendID(b.scratch[:0], s.found)
			json = b.scratch
		} else {
			json, _ = filled.Value(o.column)
		}
		b.put(o, json, to)
	}
	priority := entity.Unset
	if b.plan.options.Urgency {
		json, _ := filled.Value(b.plan.assetPriority)
		priority = parsePriority(json)
	}
	if out.ownerColumn >= 0 {
		priority = max(priority, b.ownerFields(b.events[s.event].zone, &filled, out, to))
	}
	return priority
}

func (b *batch) ownerFields(zone entity.Zone, filled *assets.Filled, out *rolePlan, to sink) entity.Priority {
	json, _ := filled.Value(out.ownerColumn)
	if json == nil || b.plan.snapshot.Identities == nil {
		return entity.Unset
	}
	m, ok := b.owner(zone, json)
	if !ok {
		return entity.Unset
	}
	return b.identityFields(m, out.owner, to)
}

// owner looks up the owner of an asset, of several the first who is somebody.
func (b *batch) owner(zone entity.Zone, json []byte) (m identities.Match, ok bool) {
	if json[0] == '[' {
		list := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(json))}
		for v := range list.Elements(json) {
			if m, ok = b.owner(zone, v.Raw(json)); ok {
				break
			}
		}
		return m, ok
	}
	b.scratch = jsonscan.AppendUnquoted(b.scratch[:0], json[1:len(json)-1])
	return b.plan.snapshot.Identities.LookupBytes(zone, b.scratch)
}

func (b *batch) identityFields(m identities.Match, columns []output, to sink) entity.Priority {
	t := b.plan.snapshot.Identities
	for i := range columns {
		o := &columns[i]
		if o.column == entity.IDColumn {
			b.scratch = t.AppendID(b.scratch[:0], m)
			b.put(o, b.scratch, to)
		} else {
			b.put(o, t.Value(m, o.column), to)
		}
	}
	if !b.plan.options.Urgency {
		return entity.Unset
	}
	return parsePriority(t.Value(m, b.plan.identityPriority))
}

// put gives a value to the sink, or what --defaults writes in its place.
func (b *batch) put(o *output, json []byte, to sink) {
	if json == nil && b.plan.options.Defaults {
		json = o.ifEmpty
	}
	if json != nil {
		to.field(o, json)
	}
}

func parsePriority(json []byte) entity.Priority {
	if len(json) < 2 {
		return entity.Unset
	}
	p, _ := entity.ParsePriority(string(json[1 : len(json)-1]))
	return p
}

// matchJSON says why a role matched.
func (b *batch) matchJSON(s *roleState) []byte {
	step := s.who.Step
	if !s.identity {
		step = s.found.Step
	}
	j := append(b.scratch[:0], `{"key":`...)
	j = jsonscan.AppendString(j, b.values[s.at].value)
	j = append(j, `,"kind":"`...)
	j = append(j, s.role.Kind().String()...)
	j = append(j, `","step":"`...)
	j = append(j, step.String()...)
	if step == entity.StepPrefix {
		p, _ := b.plan.snapshot.Assets.MatchedPrefix(s.found)
		j = append(j, `","prefix":"`...)
		j = p.AppendTo(j)
	}
	b.scratch = append(j, `"}`...)
	return b.scratch
}
