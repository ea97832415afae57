package enrich

import (
	"net/netip"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/jsonedit"
)

// sink takes the fields that enrichment adds to one event, in order. The JSON
// is valid until the next field.
type sink interface {
	// begin says that the fields of a role follow.
	begin(e *event, role Role)
	// field adds one field of the role begun last.
	field(o *output, json []byte)
	// end says that the fields of the role are complete.
	end(e *event, role Role)
}

// fields gives everything that is added to an event to the sink: role by role,
// the table's columns, the owner's, the match; the urgency last.
func (b *batch) fields(e *event, to sink) {
	priority := entity.UnknownPriority
	for i := range e.preset.roles {
		role := e.preset.roles[i].role
		s := &e.roles[role]
		if s.values.from == s.values.to {
			continue
		}
		out := &b.plan.roles[role]
		to.begin(e, role)
		switch {
		case !s.matched:
			b.unmatched(out, to)
		case role.Kind() == entity.Asset:
			priority = max(priority, b.assetFields(e, s, out, to))
		default:
			priority = max(priority, b.identityFields(s, out, to))
		}
		if s.matched && b.plan.options.Match {
			to.field(&out.match, b.matchJSON(role, s))
		}
		to.end(e, role)
	}
	if e.severity != nil {
		severity, _ := entity.ParsePriority(string(e.severity))
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

func (b *batch) assetFields(e *event, s *roleState, out *rolePlan, to sink) entity.Priority {
	t := b.plan.snapshot.Assets
	filled := t.Fill(s.asset, b.plan.snapshot.Fill)
	for i := range out.columns {
		o := &out.columns[i]
		var json []byte
		if o.column == entity.IDColumn {
			b.scratch = t.AppendID(b.scratch[:0], s.asset)
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
		priority = max(priority, b.ownerFields(e, &filled, out, to))
	}
	return priority
}

func (b *batch) ownerFields(e *event, filled *assets.Filled, out *rolePlan, to sink) entity.Priority {
	json, _ := filled.Value(out.ownerColumn)
	if json == nil || b.plan.snapshot.Identities == nil {
		return entity.Unset
	}
	m, ok := b.plan.snapshot.Identities.Lookup(e.zone, valuesOf(json)[0])
	if !ok {
		return entity.Unset
	}
	s := roleState{identity: m}
	return b.identityColumns(&s, out.owner, to)
}

func (b *batch) identityFields(s *roleState, out *rolePlan, to sink) entity.Priority {
	return b.identityColumns(s, out.columns, to)
}

func (b *batch) identityColumns(s *roleState, columns []output, to sink) entity.Priority {
	t := b.plan.snapshot.Identities
	for i := range columns {
		o := &columns[i]
		if o.column == entity.IDColumn {
			b.scratch = t.AppendID(b.scratch[:0], s.identity)
			b.put(o, b.scratch, to)
		} else {
			b.put(o, t.Value(s.identity, o.column), to)
		}
	}
	if !b.plan.options.Urgency {
		return entity.Unset
	}
	return parsePriority(t.Value(s.identity, b.plan.identityPriority))
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
func (b *batch) matchJSON(role Role, s *roleState) []byte {
	step := s.identity.Step
	if role.Kind() == entity.Asset {
		step = s.asset.Step
	}
	j := append(b.scratch[:0], `{"key":`...)
	j = jsonedit.AppendString(j, b.values[s.at].value)
	j = append(j, `,"kind":"`...)
	j = append(j, role.Kind().String()...)
	j = append(j, `","step":"`...)
	j = append(j, step.String()...)
	if p, ok := b.matchedPrefix(role, s); ok {
		j = append(j, `","prefix":"`...)
		j = p.AppendTo(j)
	}
	b.scratch = append(j, `"}`...)
	return b.scratch
}

func (b *batch) matchedPrefix(role Role, s *roleState) (netip.Prefix, bool) {
	if role.Kind() != entity.Asset {
		return netip.Prefix{}, false
	}
	return b.plan.snapshot.Assets.MatchedPrefix(s.asset)
}
