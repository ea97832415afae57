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
	// beginRole begins the fields of a role.
	beginRole(s *roleState)
	// memberBuffer returns the buffer to which the members of a match are to be appended
	// in one piece, nil if the sink must be given each field.
	memberBuffer() *[]byte
	// addField adds one field of the role begun last.
	addField(o *output, json []byte)
	// endRole ends the fields of the role.
	endRole(s *roleState)
}

// eventWriter writes the enriched events of a batch, and the memory it needs.
type eventWriter struct {
	*batch
	flat    flatSink
	nested  nestedSink
	ocsf    ocsfSink
	scratch []byte
}

// writeFields gives everything that is added to an event to the sink: role by role,
// the table's columns, the owner's, the match; the urgency last.
func (r *eventWriter) writeFields(e *eventState, to sink) {
	priority := entity.UnknownPriority
	for i := e.roles.from; i < e.roles.to; i++ {
		s := &r.roles[i]
		out := &r.plan.roles[s.role]
		to.beginRole(s)
		if r.hasMatched(s) {
			priority = max(priority, r.writeMatched(s, out, to))
		} else {
			r.writeDefaults(out, to)
		}
		to.endRole(s)
	}
	if e.severity != nil {
		r.scratch = fold.AppendLower(r.scratch[:0], e.severity)
		severity, _ := entity.ParsePriority(string(r.scratch))
		r.scratch = append(r.scratch[:0], '"')
		r.scratch = append(r.scratch, entity.Urgency(severity, priority).String()...)
		r.scratch = append(r.scratch, '"')
		to.addField(&r.plan.urgency, r.scratch)
	}
}

// writeDefaults writes the ES defaults of a role that is present but unmatched.
func (r *eventWriter) writeDefaults(out *rolePlan, to sink) {
	if !r.plan.options.Defaults {
		return
	}
	for i := range out.columns {
		if o := &out.columns[i]; o.ifUnmatched != nil {
			to.addField(o, o.ifUnmatched)
		}
	}
}

// writeMatched writes the fields of a role that matched, and returns the highest
// priority of the entity and of its owner, if that is written.
func (r *eventWriter) writeMatched(s *roleState, out *rolePlan, to sink) entity.Priority {
	l := &r.lookups[s.table]
	if dst := to.memberBuffer(); dst != nil && !r.plan.options.Defaults {
		*dst = l.AppendMembers(*dst, int(s.lookup), out.members)
	} else {
		r.writeColumns(l, s.lookup, out.columns, to)
	}
	priority := r.matchPriority(s.table, l, s.lookup)
	if r.plan.options.Owner && s.owner != noOwner && r.owners.Matched()[s.owner] {
		r.writeColumns(&r.owners, s.owner, out.owner, to)
		priority = max(priority, r.matchPriority(identityTable, &r.owners, s.owner))
	}
	if r.plan.options.Match {
		to.addField(&out.match, r.matchJSON(s))
	}
	return priority
}

// writeColumns writes the values of a match.
func (r *eventWriter) writeColumns(l *table.Lookups, lookup int32, columns []output, to sink) {
	for i := range columns {
		o := &columns[i]
		var json []byte
		if o.column != unusedColumn {
			json = l.Value(int(lookup), o.column)
		}
		if json == nil && r.plan.options.Defaults {
			json = o.ifEmpty
		}
		if json != nil {
			to.addField(o, json)
		}
	}
}

// matchPriority returns the priority of a match, Unset unless the urgency is written.
func (r *eventWriter) matchPriority(in tableIndex, l *table.Lookups, lookup int32) entity.Priority {
	column := r.plan.tables[in].priority
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
func (r *eventWriter) matchJSON(s *roleState) []byte {
	m := r.lookups[s.table].Match(int(s.lookup))
	j := append(r.scratch[:0], `{"key":`...)
	j = jsonscan.AppendString(j, r.candidates[s.chosen].Text)
	j = append(j, r.plan.tables[s.table].matchSuffixes[m.Step]...)
	if p, ok := r.plan.tables[s.table].table.MatchedPrefix(*m); ok {
		j = append(j, `","prefix":"`...)
		j = p.AppendTo(j)
	}
	r.scratch = append(j, `"}`...)
	return r.scratch
}
