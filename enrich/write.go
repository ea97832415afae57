package enrich

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// sink takes the fields that enrichment adds to one event, in order. The JSON
// is valid until the next field.
type sink interface {
	// begin says that the fields of a role follow.
	begin(s *roleState)
	// buffer returns the buffer to which the members of a match are to be appended
	// in one piece, nil if the sink must be given each field.
	buffer() *[]byte
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
		if b.hasMatched(s) {
			priority = max(priority, b.matchedFields(s, out, to))
		} else {
			b.unmatched(out, to)
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

// matchedFields writes the fields of a role that matched, and returns the highest
// priority of the entity and of its owner, if that is written.
func (b *batch) matchedFields(s *roleState, out *rolePlan, to sink) entity.Priority {
	l := &b.lookups[s.table]
	if dst := to.buffer(); dst != nil && !b.plan.options.Defaults {
		*dst = l.AppendMembers(*dst, int(s.lookup), out.members)
	} else {
		b.putColumns(l, s.lookup, out.columns, to)
	}
	priority := b.priority(s.table, l, s.lookup)
	if b.plan.options.Owner && s.owner != noOwner && b.owners.Matched()[s.owner] {
		b.putColumns(&b.owners, s.owner, out.owner, to)
		priority = max(priority, b.priority(identityTable, &b.owners, s.owner))
	}
	if b.plan.options.Match {
		to.field(&out.match, b.matchJSON(s))
	}
	return priority
}

// putColumns writes the values of a match.
func (b *batch) putColumns(l *table.Lookups, lookup int32, columns []output, to sink) {
	for i := range columns {
		o := &columns[i]
		var json []byte
		if o.column != unusedColumn {
			json = l.Value(int(lookup), o.column)
		}
		if json == nil && b.plan.options.Defaults {
			json = o.ifEmpty
		}
		if json != nil {
			to.field(o, json)
		}
	}
}

// priority returns the priority of a match, Unset unless the urgency is written.
func (b *batch) priority(in tableIndex, l *table.Lookups, lookup int32) entity.Priority {
	column := b.plan.tables[in].priority
	if column < 0 {
		return entity.Unset
	}
	return parsePriority(l.Value(int(lookup), column))
}

func parsePriority(json []byte) entity.Priority {
	if p, ok := table.PriorityOf(json); ok || len(json) < 2 {
		return p
	}
	p, _ := entity.ParsePriority(string(json[1 : len(json)-1]))
	return p
}

// matchJSON returns why a role matched, as JSON.
func (b *batch) matchJSON(s *roleState) []byte {
	m := b.lookups[s.table].Match(int(s.lookup))
	j := append(b.scratch[:0], `{"key":`...)
	j = jsonscan.AppendString(j, b.values[s.at].Text)
	j = append(j, b.plan.tables[s.table].matchTails[m.Step]...)
	if p, ok := b.plan.tables[s.table].table.MatchedPrefix(*m); ok {
		j = append(j, `","prefix":"`...)
		j = p.AppendTo(j)
	}
	b.scratch = append(j, `"}`...)
	return b.scratch
}
