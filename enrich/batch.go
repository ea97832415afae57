package enrich

import (
	"bytes"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/jsonedit"
)

// batchSize is how many events are on their way together. Their lookups are
// taken step by step, so that the reads of distant memory overlap: with a
// million assets that is worth more than any faster scan.
const batchSize = 64

// batch is a run of events on their way and the memory they need. It is for one
// goroutine.
type batch struct {
	plan    *plan
	scanner jsonedit.Scanner
	events  [batchSize]event
	n       int

	values   []candidate // of all events and roles
	existing []existing  // outputs that events have
	text     []byte      // unescaped values; grown only between batches
	touched  uint32
	scratch  []byte
	line     line
	nested   nested
	ocsf     enrichments
	texts    [][]byte // values of the path at hand
	json     jsonSource
	source   source
	asking   asking
}

// event is one event on its way.
type event struct {
	raw      []byte // with its line end, if it has one
	blank    bool   // nothing but white space
	err      error  // why it is passed through
	brace    int    // offset of the closing brace
	empty    bool   // an object without members
	preset   *presetPlan
	zone     entity.Zone
	existing span
	roles    [roles]roleState
	severity []byte // nil if the event has none, or an urgency of its own
}

type span struct{ from, to int32 }

// candidate is one value that may name the entity of a role.
type candidate struct {
	value []byte // trimmed, escapes resolved
	path  int32  // the path it was found at
}

// existing is a field that the event has and enrichment may write.
type existing struct {
	path  int32
	value jsonedit.Value
}

// roleState is what is known of one role of an event.
type roleState struct {
	values   span  // candidates, best first; empty if the role is absent
	at       int32 // the candidate that matched
	matched  bool
	probe    assets.Probe
	idProbe  identities.Probe
	asset    assets.Match
	identity identities.Match
}

func (b *batch) reset(p *plan) {
	b.plan = p
	b.n = 0
	b.values, b.existing, b.text = b.values[:0], b.existing[:0], b.text[:0]
}

// add scans an event and begins its lookups.
func (b *batch) add(raw []byte) {
	e := &b.events[b.n]
	b.n++
	*e = event{raw: raw}
	p := b.plan
	if len(raw) < len("{}\n") && len(trim(raw)) == 0 || len(bytes.TrimSpace(raw)) == 0 {
		e.blank = true
		return
	}
	if p.options.Validate {
		if e.err = jsonedit.Valid(raw); e.err != nil {
			return
		}
	}
	if e.err = p.paths.Scan(raw, &b.scanner); e.err != nil {
		return
	}
	e.brace = b.scanner.Brace()
	e.empty = b.scanner.Root().Empty(raw)
	b.findExisting(e)
	b.json.event = raw
	b.collect(e, &b.json)
}

// findExisting notes the outputs that the event has.
func (b *batch) findExisting(e *event) {
	e.existing.from = int32(len(b.existing))
	for path, v := range b.scanner.Found() {
		if b.plan.written[path] {
			b.existing = append(b.existing, existing{int32(path), v})
		}
	}
	e.existing.to = int32(len(b.existing))
}

// source gives the values of an event's fields, whatever form it has.
type source interface {
	// kind returns what the event has at the path.
	kind(path int) jsonedit.Kind
	// append appends the texts of the values of a path, trimmed: one for a
	// string, a number or a boolean, one for each of those in an array, none for
	// null and objects.
	append(dst [][]byte, path int) [][]byte
}

// collect decides preset and zone and finds the candidates of every role.
func (b *batch) collect(e *event, src source) {
	p := b.plan
	b.source = src
	e.preset = p.presetOf(src)
	e.zone = b.zoneOf()
	for _, r := range e.preset.roles {
		state := &e.roles[r.role]
		state.values.from = int32(len(b.values))
		b.candidates(e.preset, &r, src)
		state.values.to = int32(len(b.values))
		if state.values.from == state.values.to {
			continue
		}
		first := b.values[state.values.from].value
		switch {
		case r.role.Kind() == entity.Identity:
			if t := p.snapshot.Identities; t != nil {
				state.idProbe = t.Probe(e.zone, first)
			}
		case p.snapshot.Assets != nil:
			state.probe = p.snapshot.Assets.Probe(e.zone, first)
		}
	}
	if p.options.Urgency && src.kind(p.urgencyPath) == jsonedit.Absent {
		if b.texts = src.append(b.texts[:0], p.severity); len(b.texts) > 0 {
			e.severity = b.texts[0]
		}
	}
}

// candidates appends the values of the first group of paths that has any.
func (b *batch) candidates(preset *presetPlan, r *rolePaths, src source) {
	for i := range r.groups {
		g := &r.groups[i]
		if !b.holds(&g.when) {
			continue
		}
		before := len(b.values)
		for j := range g.paths {
			b.pathCandidates(preset, &g.paths[j], src)
		}
		if len(b.values) > before {
			return
		}
	}
}

// pathCandidates appends the values of a path that are no null tokens. Of
// several spellings of a field the first that the event has counts.
func (b *batch) pathCandidates(preset *presetPlan, path *pathPlan, src source) {
	if path.literal != nil {
		b.values = append(b.values, candidate{value: path.literal, path: noPath})
		return
	}
	before := len(b.values)
	for _, index := range path.spellings {
		b.texts = src.append(b.texts[:0], index)
		for _, v := range b.texts {
			if len(path.after) > 0 {
				_, v, _ = bytes.Cut(v, path.after)
			}
			if !preset.nulls.has(v) {
				b.values = append(b.values, candidate{value: v, path: int32(index)})
			}
		}
		if len(b.values) > before {
			return
		}
	}
}

const noPath = -1

// find finishes the lookups of all events, step by step.
func (b *batch) find() {
	p := b.plan
	b.eachRole(func(_ *event, role Role, s *roleState) {
		if role.Kind() == entity.Asset {
			p.snapshot.Assets.Seek(&s.probe)
		} else {
			p.snapshot.Identities.Seek(&s.idProbe)
		}
	})
	b.eachRole(func(_ *event, role Role, s *roleState) {
		if role.Kind() == entity.Asset {
			p.snapshot.Assets.Touch(&s.probe)
		} else {
			p.snapshot.Identities.Touch(&s.idProbe)
		}
	})
	b.eachRole(func(e *event, role Role, s *roleState) {
		if role.Kind() == entity.Asset {
			b.findAsset(e, s)
		} else {
			b.findIdentity(e, s)
		}
	})
	b.eachRole(func(_ *event, role Role, s *roleState) {
		if !s.matched {
			return
		}
		if role.Kind() == entity.Asset {
			b.touched += p.snapshot.Assets.TouchRecord(s.asset)
		} else {
			b.touched += p.snapshot.Identities.TouchRecord(s.identity)
		}
	})
}

// eachRole visits the roles that are present and have a table.
func (b *batch) eachRole(visit func(*event, Role, *roleState)) {
	for i := range b.events[:b.n] {
		e := &b.events[i]
		if e.err != nil || e.blank {
			continue
		}
		for j := range e.preset.roles {
			role := e.preset.roles[j].role
			s := &e.roles[role]
			if s.values.from < s.values.to && b.plan.hasTable(role.Kind()) {
				visit(e, role, s)
			}
		}
	}
}

func (b *batch) findAsset(e *event, s *roleState) {
	t := b.plan.snapshot.Assets
	s.at = s.values.from
	s.asset, s.matched = t.Find(&s.probe, e.zone, b.values[s.at].value)
	for !s.matched && s.at+1 < s.values.to {
		s.at++
		s.asset, s.matched = t.LookupBytes(e.zone, b.values[s.at].value)
	}
}

func (b *batch) findIdentity(e *event, s *roleState) {
	t := b.plan.snapshot.Identities
	s.at = s.values.from
	s.identity, s.matched = t.Find(&s.idProbe, e.zone, b.values[s.at].value)
	for !s.matched && s.at+1 < s.values.to {
		s.at++
		s.identity, s.matched = t.LookupBytes(e.zone, b.values[s.at].value)
	}
}
