package enrich

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// sink receives the fields that enrichment adds to one event, role by role.
type sink interface {
	// beginRole is called before the fields of a role.
	beginRole(s *roleState)
	// memberBuffer returns the buffer to which all members of a match may be appended
	// at once, or nil if each field must go through addField.
	memberBuffer() *[]byte
	// addField adds one field of the current role. The JSON is valid only during the
	// call.
	addField(o *output, json []byte)
	// endRole is called after the fields of a role.
	endRole(s *roleState)
}

// eventWriter writes the enriched events of a batch. It holds the memory that this
// takes.
type eventWriter struct {
	*batch
	flat    flatSink
	nested  nestedSink
	ocsf    ocsfSink
	scratch []byte
	account []byte // scratch: the account that a match is for
}

// appendEvent appends an event with its fields, or unchanged if it is blank or has an
// error. Around an event that is only a part of its line, it appends the rest of the line.
func (r *eventWriter) appendEvent(dst []byte, e *eventState) []byte {
	switch {
	case e.err != nil || e.blank:
		return append(dst, e.raw...)
	case e.line == nil:
		return r.appendObject(dst, e)
	}
	dst = append(dst, e.line[:e.from]...)
	dst = r.appendObject(dst, e)
	return append(dst, e.line[e.from+len(e.raw):]...)
}

// appendObject appends the object to which the fields of an event are added, with the fields.
func (r *eventWriter) appendObject(dst []byte, e *eventState) []byte {
	switch {
	case r.plan.options.Into == "":
		return r.appendFlat(dst, e)
	case r.plan.writesEnrichments(e):
		return r.appendEnrichments(dst, e)
	}
	return r.appendNested(dst, e)
}

// writeFields passes all fields that are added to an event to the sink: for each role
// the columns of its table, those of the owner, and the match; the urgency comes last.
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

// writeDefaults writes the ES defaults of a role that is present but unmatched, if
// Options.Defaults is set.
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

// writeMatched writes the fields of a role that matched. It returns the priority of the
// entity, or that of its owner if the owner is written and has the higher priority.
func (r *eventWriter) writeMatched(s *roleState, out *rolePlan, to sink) entity.Priority {
	l := &r.lookups[s.table]
	if dst := to.memberBuffer(); dst != nil && !r.plan.options.Defaults {
		*dst = l.AppendMembers(*dst, int(s.lookup), out.members)
	} else {
		r.writeColumns(l, s.lookup, out.columns, to)
	}
	priority := r.matchPriority(s.table, l, s.lookup)
	if r.plan.options.Owner && s.owner != noOwner && r.owners.Matched()[s.owner] {
		r.writeColumns(&r.owners.Lookups, s.owner, out.owner, to)
		priority = max(priority, r.matchPriority(identityTable, &r.owners.Lookups, s.owner))
	}
	if r.plan.options.Match {
		to.addField(&out.match, r.matchJSON(s))
	}
	return priority
}

// writeColumns writes the values of a match, and the defaults of columns without one.
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

// matchPriority returns the priority of a match, or entity.Unset if the urgency is not
// written.
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

// matchJSON returns the object of <role>_match: why a role matched. It is valid until
// the next use of r.scratch.
func (r *eventWriter) matchJSON(s *roleState) []byte {
	m := r.lookups[s.table].Match(int(s.lookup))
	c := &r.candidates[s.chosen]
	key := c.Text
	if c.Domain != nil && r.plan.readsAccounts(s.role) {
		r.account = table.AppendAccount(r.account[:0], c.Domain, c.Text)
		key = r.account
	}
	j := append(r.scratch[:0], `{"key":`...)
	j = jsonscan.AppendString(j, key)
	j = append(j, r.plan.tables[s.table].matchSuffixes[m.Step]...)
	t := r.plan.tables[s.table].table
	if p, ok := t.MatchedPrefix(*m); ok {
		j = append(j, `","prefix":"`...)
		j = p.AppendTo(j)
	}
	if m.Step == entity.StepForm {
		forms, name := t.FormOf(*m, string(r.candidates[s.chosen].Text))
		j = append(append(j, `","form":"`...), forms...)
		j = append(j, `","name":`...)
		r.scratch = append(jsonscan.AppendString(j, name), '}')
		return r.scratch
	}
	r.scratch = append(j, `"}`...)
	return r.scratch
}

// edits are replacements and insertions inside an event. The memory is reused.
type edits struct {
	list []edit
	text []byte
}

// edit replaces event[start:end] with text[from:to].
type edit struct{ start, end, from, to int }

func (e *edits) reset() { e.list, e.text = e.list[:0], e.text[:0] }

// replace adds an edit that replaces event[start:end] with the concatenation of texts,
// which are copied.
func (e *edits) replace(start, end int, texts ...[]byte) {
	from := len(e.text)
	for _, t := range texts {
		e.text = append(e.text, t...)
	}
	e.list = append(e.list, edit{start, end, from, len(e.text)})
}

// appendEdited appends event with the edits applied.
func (e *edits) appendEdited(dst, event []byte) []byte {
	slices.SortStableFunc(e.list, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	from := 0
	for _, d := range e.list {
		dst = append(dst, event[from:d.start]...)
		dst = append(dst, e.text[d.from:d.to]...)
		from = d.end
	}
	return append(dst, event[from:]...)
}

// appendWithMembers appends the event with the edits applied, and members before its
// closing brace. Each member begins with a comma.
func (e *edits) appendWithMembers(dst []byte, ev *eventState, members []byte) []byte {
	dst = e.appendEdited(dst, ev.raw[:ev.brace])
	if ev.empty && len(members) > 0 {
		members = members[1:]
	}
	dst = append(dst, members...)
	return append(dst, ev.raw[ev.brace:]...)
}

// jsonValue returns the event.Value that a JSON text encodes.
func jsonValue(json []byte) event.Value {
	switch json[0] {
	case '"':
		text := json[1 : len(json)-1]
		return event.Value{Kind: event.String, Escaped: bytes.IndexByte(text, '\\') >= 0, Text: text}
	case '[':
		return event.Value{Kind: event.Array, Text: json}
	case '{':
		return event.Value{Kind: event.Object, Text: json}
	case 't':
		return event.Value{Kind: event.True, Text: json}
	case 'f':
		return event.Value{Kind: event.False, Text: json}
	}
	return event.Value{Kind: event.Number, Text: json}
}
