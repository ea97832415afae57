package enrich

import (
	"bytes"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// batchSize is the maximum number of events in a batch. Their lookups go through each
// stage together so that their cache misses overlap: with a million assets that is
// worth more than any faster scan. With 8 events a stream was 5 % (flat) to 13 % (ECS)
// slower; 16 to 64 made no difference.
const batchSize = 64

// batch is up to batchSize events that are enriched together, and the memory they
// need. It is for one goroutine.
type batch struct {
	plan      *plan
	json      event.JSON
	reader    event.Reader
	events    [batchSize]eventState
	n         int
	highWater int // the largest n since the last release

	zones zoneIDs
	roles []roleState // of all events

	stage      int // number of lookup stages taken
	lookups    [numTables]table.Lookups
	owners     ownerLookups                // for Options.Owner
	ambiguous  []int32                     // roles with several candidates
	later      [numTables][]laterCandidate // in flight
	matched    []int32                     // roles that matched, in the order of the events
	candidates []event.Candidate           // of all roles
	viewed     []viewedValue               // of all events
	elements   []event.Value               // of viewed
	existing   []existingField             // of all events

	texts  [][]byte // scratch: the texts of one path
	names  [][]byte // scratch: the name of a machine
	writer eventWriter
}

// eventState is one event of a batch.
type eventState struct {
	raw      []byte // the object to which fields are added; includes the line end if nothing follows it
	line     []byte // the whole line if raw is only a part of it, else nil
	from     int    // offset of raw in line
	object   int    // offset in line of the object that is or contains the event
	blank    bool   // only white space
	err      error  // why the event is passed through unchanged
	brace    int    // offset of the closing brace
	empty    bool   // an object without members
	format   *event.Format
	zone     entity.Zone
	existing indexRange // of batch.existing
	viewed   indexRange // of batch.viewed
	readable bool       // the view can read the event
	roles    indexRange // of batch.roles: the roles present in the event
	matched  indexRange // of batch.matched
	severity []byte     // nil if no urgency is to be written

	ambiguous int32         // number of roles without a match, because a form of the name leads to several assets
	machines  [2]indexRange // of batch.candidates: what names the machine, in the roles dvc and host
}

// indexRange is a range of indexes, half open.
type indexRange struct{ from, to int32 }

// existingField is a field that the event already has and that enrichment may write.
type existingField struct {
	path  event.Path
	value jsonscan.Value
}

// roleState is one role that is present in an event.
type roleState struct {
	role       event.Role
	table      tableIndex // or noTable
	event      int32      // index of batch.events
	lookup     int32      // index of batch.lookups[table]
	owner      int32      // index of batch.owners, or noOwner; set for Options.Owner
	chosen     int32      // index of the candidate that matched; until then, of the first
	candidates indexRange // of batch.candidates, best first
}

// noOwner marks a role whose match does not name an owner.
const noOwner = -1

// reset empties the batch, for events that are enriched by p.
func (b *batch) reset(p *plan) {
	if b.plan != p {
		b.plan = p
		b.zones.setZone(p, p.options.Zone.Default)
		b.json.Reset(p.schema)
	}
	b.reader.Reset(p.schema)
	b.highWater = max(b.highWater, b.n)
	b.n = 0
	b.roles, b.candidates, b.existing = b.roles[:0], b.candidates[:0], b.existing[:0]
	b.viewed, b.elements = b.viewed[:0], b.elements[:0]
	b.stage, b.ambiguous = 0, b.ambiguous[:0]
	for i := range b.lookups {
		if v := p.tables[i].view; v != nil {
			b.lookups[i].Reset(v)
		}
	}
	if p.options.Owner {
		b.owners.reset(p.tables[identityTable].view)
	}
	b.writer.batch = b
}

// release drops all references to events and to the plan, so that a pooled batch keeps
// neither alive.
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
		b.owners.reset(nil)
	}
	b.plan, b.highWater, b.n = nil, 0, 0
}

// addJSON scans an event, appends it to the batch and begins the lookups of its roles.
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
		if e.err = validate(raw); e.err != nil {
			return
		}
	}
	if e.err = b.json.Scan(raw); e.err != nil && (p.unviewed == nil || !b.scanWithoutView(e)) {
		return
	}
	target := &b.json
	if b.json.IsPart() {
		if target = e.place(&b.json); e.err != nil {
			return
		}
	}
	e.existing.from = int32(len(b.existing))
	if p.written.Meets(target.Present()) {
		b.appendExisting(target)
	}
	e.existing.to = int32(len(b.existing))
	if v := p.view; v != nil && !v.overlaps && b.json.Schema() == p.schema && b.json.IsOwn() {
		e.viewed, e.readable = b.appendViewed(v), true
	}
	e.brace, e.empty = target.Brace()
	b.reader.ReadJSON(&b.json)
	b.collectRoles(e)
	if b.json.Schema() != p.schema {
		b.json.Reset(p.schema)
	}
}

// place sets which part of the line the scanned event is, and returns the object to which
// fields are added.
func (e *eventState) place(scanned *event.JSON) (target *event.JSON) {
	if target, e.err = scanned.Target(); e.err == nil {
		place := scanned.Place()
		e.line, e.raw, e.from, e.object = e.raw, e.raw[place.From:place.To], place.From, place.Object
	}
	return target
}

// validate returns an error unless a line is valid JSON, with or without text before the
// object.
func validate(line []byte) error {
	err := jsonscan.Valid(line)
	if err == nil {
		return nil
	}
	at := jsonscan.AfterText(line)
	if at == 0 {
		return err
	}
	return jsonscan.ShiftError(jsonscan.Valid(line[at:]), at)
}

// outermost returns the object that is or contains the event, and its range in these bytes.
func (e *eventState) outermost() (object []byte, v jsonscan.Value) {
	object, v = e.raw, jsonscan.Value{Kind: jsonscan.Object, End: uint32(e.brace + 1)}
	if e.line != nil && e.object != e.from {
		object = bytes.TrimRight(e.line[e.object:], " \t\r\n")
		v.End = uint32(len(object))
	}
	v.Start = uint32(bytes.IndexByte(object, '{'))
	return object, v
}

// scanWithoutView scans an event again without the paths of the view, and reports
// whether it is well-formed. A scan detects errors only in the values it reads, so an
// error at a path that only the view reads must not change how the event is enriched.
func (b *batch) scanWithoutView(e *eventState) bool {
	b.json.Reset(b.plan.unviewed)
	if e.err = b.json.Scan(e.raw); e.err != nil {
		b.json.Reset(b.plan.schema)
	}
	return e.err == nil
}

// addEvent reads an event of any representation, appends it to the batch and begins
// the lookups of its roles.
func (b *batch) addEvent(from event.Event) {
	e := &b.events[b.n]
	b.n++
	*e = eventState{}
	b.reader.Read(from)
	b.collectRoles(e)
	if r, ok := from.(*event.Record); ok && b.plan.options.Urgency && r.HasColumn(b.plan.severity) && e.severity == nil {
		e.severity = []byte{} // a blank cell is absent, but the column of the urgency has a cell in every record
	}
}

// appendExisting appends to b.existing the outputs that the object to which fields are added
// already has.
func (b *batch) appendExisting(object *event.JSON) {
	for p := range b.plan.written.Common(object.Present()) {
		start, end := object.Range(p)
		kind := jsonscan.Kind(object.Value(p).Kind)
		b.existing = append(b.existing, existingField{p, jsonscan.Value{Kind: kind, Start: uint32(start), End: uint32(end)}})
	}
}

// existingAt returns the field that an event has at the path of an output, and reports
// whether there is one.
func (b *batch) existingAt(e *eventState, path event.Path) (existingField, bool) {
	for _, x := range b.existing[e.existing.from:e.existing.to] {
		if x.path == path {
			return x, true
		}
	}
	return existingField{}, false
}

// matchedRoles returns the roles of an event that matched.
func (b *batch) matchedRoles(e *eventState) (roles event.Roles) {
	for _, i := range b.matched[e.matched.from:e.matched.to] {
		roles = roles.With(b.roles[i].role)
	}
	return roles
}

// byteOrderMark is the UTF-8 byte order mark, with which an input may begin.
const byteOrderMark = "\xef\xbb\xbf"

// isBlank reports whether a line is only white space, after an optional byte order
// mark.
func isBlank(raw []byte) bool {
	if len(raw) > 1 && raw[0] == '{' {
		return false
	}
	return len(raw) < len("{}\n") && len(bytes.TrimSpace(raw)) == 0 || len(bytes.TrimSpace(bytes.TrimPrefix(raw, []byte(byteOrderMark)))) == 0
}
