package enrich

import (
	"bytes"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// batchSize is how many events a batch has at most. Their lookups go through each
// stage together, so that the reads of distant memory overlap: with a million
// assets that is worth more than any faster scan. With 8 a stream was 5 (flat) to
// 13 % (ECS) slower; 16 to 64 were alike.
const batchSize = 64

// batch is a run of events on their way and the memory they need. It is for one
// goroutine.
type batch struct {
	plan   *plan
	json   event.JSON
	reader event.Reader
	events [batchSize]eventState
	n      int
	highWater   int // of events, since the batch was begun

	zones zoneIDs
	roles []roleState // of all events

	stage    int // stages taken of the lookups
	lookups  [numTables]table.Lookups
	owners   table.Lookups      // of the assets that matched, for Options.Owner
	owned    []int32            // which role each of owners is for
	ambiguous  []int32            // roles that have several candidates
	later    [numTables][]laterCandidate // candidates behind the first of a role, in flight
	matched  []int32            // roles that matched, in the order of the events
	candidates   []event.Candidate  // of all roles
	viewed   []viewedValue           // of the view, as they are scanned
	elements []event.Value      // of viewed
	existing []existingField         // outputs that events have
	text     []byte             // unescaped values; where it grows, those before stay where they are

	texts  [][]byte // values of the path at hand
	writer eventWriter
}

// eventState is one event on its way.
type eventState struct {
	raw      []byte // with its line end, if it has one
	blank    bool   // nothing but white space
	err      error  // why it is passed through
	brace    int    // offset of the closing brace
	empty    bool   // an object without members
	format   *event.Format
	zone     entity.Zone
	existing indexRange
	viewed   indexRange
	readable bool   // the event can be read by the view
	roles    indexRange   // those that are present
	matched  indexRange   // of batch.matched
	severity []byte // nil if the event has no known severity, or an urgency of its own
}

type indexRange struct{ from, to int32 }

// existingField is a field that the event has and enrichment may write.
type existingField struct {
	path  event.Path
	value jsonscan.Value
}

// roleState is one role that is present in an event.
type roleState struct {
	role   event.Role
	table  tableIndex // or noTable
	event  int32      // of batch.events
	lookup int32      // of batch.lookups of that table
	owner  int32      // of batch.owners, or noOwner; with Options.Owner
	chosen     int32      // the candidate that matched; before, the first
	candidates indexRange       // candidates, best first
}

// noOwner is the owner of a role whose match names none.
const noOwner = -1

// reset empties the batch for events that are enriched by p.
func (b *batch) reset(p *plan) {
	if b.plan != p {
		b.plan = p
		b.setZone(p.options.Zone.Default)
		b.json.Reset(p.schema)
	}
	b.reader.Reset(p.schema)
	b.highWater = max(b.highWater, b.n)
	b.n = 0
	b.roles, b.candidates, b.existing, b.text = b.roles[:0], b.candidates[:0], b.existing[:0], b.text[:0]
	b.viewed, b.elements = b.viewed[:0], b.elements[:0]
	b.stage, b.ambiguous = 0, b.ambiguous[:0]
	for i := range b.lookups {
		if v := p.tables[i].view; v != nil {
			b.lookups[i].Reset(v)
		}
	}
	if p.options.Owner {
		b.owners.Reset(p.tables[identityTable].view)
	}
	b.writer.batch = b
}

// release drops everything that the batch holds of events and of its plan.
func (b *batch) release() {
	b.highWater = max(b.highWater, b.n)
	clear(b.events[:b.highWater])
	b.reader.Reset(b.plan.schema)
	for i := range b.lookups {
		if b.plan.tables[i].view != nil {
			b.lookups[i].Reset(nil)
		}
	}
	if b.plan.options.Owner {
		b.owners.Reset(nil)
	}
	b.plan, b.highWater, b.n = nil, 0, 0
}

// addJSON scans an event and begins its lookups.
func (b *batch) addJSON(raw []byte) {
	e := &b.events[b.n]
	b.n++
	*e = eventState{raw: raw}
	p := b.plan
	if isBlank(raw) {
		e.blank = true
		return
	}
	if p.options.Validate {
		if e.err = jsonscan.Valid(raw); e.err != nil {
			return
		}
	}
	if e.err = b.json.Scan(raw); e.err != nil && (p.unviewed == nil || !b.scanNarrow(e)) {
		return
	}
	e.existing.from = int32(len(b.existing))
	if present := b.json.Present(); p.written.Meets(present) {
		b.findExisting(present)
	}
	e.existing.to = int32(len(b.existing))
	if v := p.view; v != nil && !v.overlaps && b.json.Schema() == p.schema {
		e.viewed, e.readable = b.captureViewed(v), true
	}
	e.brace, e.empty = b.json.Brace()
	b.reader.ReadJSON(&b.json)
	b.collectRoles(e)
	if b.json.Schema() != p.schema {
		b.json.Reset(p.schema)
	}
}

// scanNarrow scans an event without the paths of the view and reports whether it is
// well-formed as far as they go: a scan finds errors only where it looks. So events
// are enriched alike whether they are read further or not.
func (b *batch) scanNarrow(e *eventState) bool {
	b.json.Reset(b.plan.unviewed)
	if e.err = b.json.Scan(e.raw); e.err != nil {
		b.json.Reset(b.plan.schema)
	}
	return e.err == nil
}

// addEvent reads an event of any representation and begins its lookups.
func (b *batch) addEvent(from event.Event) {
	e := &b.events[b.n]
	b.n++
	*e = eventState{}
	b.reader.Read(from)
	b.collectRoles(e)
}

// bom is the byte order mark that an input may begin with.
const bom = "\xef\xbb\xbf"

// isBlank reports whether there is nothing in a line, but for a byte order mark.
func isBlank(raw []byte) bool {
	if len(raw) > 1 && raw[0] == '{' {
		return false
	}
	return len(raw) < len("{}\n") && len(bytes.TrimSpace(raw)) == 0 || len(bytes.TrimSpace(bytes.TrimPrefix(raw, []byte(bom)))) == 0
}

// findExisting notes the outputs that the event has.
func (b *batch) findExisting(present event.Set) {
	for p := range b.plan.written.Common(present) {
		start, end := b.json.Range(p)
		kind := jsonscan.Kind(b.json.Value(p).Kind)
		b.existing = append(b.existing, existingField{p, jsonscan.Value{Kind: kind, Start: uint32(start), End: uint32(end)}})
	}
}
