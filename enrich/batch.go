package enrich

import (
	"bytes"
	"math/bits"

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

	present  pathSet // the paths that the event at hand may have
	zones    zoneNumbers
	roles    []roleState // of all events
	byShape  [2][]int32  // roles that tables of assets answer: addresses, others
	people   []int32     // roles that tables of identities answer
	values   []candidate // of all roles
	existing []existing  // outputs that events have
	text     []byte      // unescaped values; grown only between batches
	records  []uint32    // of the matches of one kind, and of what fills them
	offsets  []uint32    // of the values of all matches
	touched  uint32
	scratch  []byte
	line     line
	nested   nested
	ocsf     enrichments
	texts    [][]byte // values of the path at hand
	json     jsonSource
	scanned  bool // the source is json
	source   source
	asking   asking
	guesses  guesses // for the format auto
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
	roles    span   // those that are present
	severity []byte // nil if the event has none that says anything, or an urgency of its own
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

// roleState is what is known of one role that is present in an event.
type roleState struct {
	role     Role
	identity bool // the role's table is that of identities
	matched  bool
	at       int32 // the candidate that matched
	offsets  int32 // where those of the match begin in batch.offsets, if the plan is plain
	values   span  // candidates, best first
	zone     entity.Zone
	asset    assets.Probe
	person   identities.Probe
	found    assets.Match
	who      identities.Match
}

func newBatch() *batch {
	b := new(batch)
	b.json.batch = b
	return b
}

func (b *batch) reset(p *plan) {
	if b.plan != p && p != nil {
		b.plan = p
		b.setZone(p.options.Zone.Default)
	}
	b.plan = p
	b.n = 0
	b.roles, b.values, b.existing, b.text = b.roles[:0], b.values[:0], b.existing[:0], b.text[:0]
	b.byShape[0], b.byShape[1], b.people, b.offsets = b.byShape[0][:0], b.byShape[1][:0], b.people[:0], b.offsets[:0]
}

// add scans an event and begins its lookups.
func (b *batch) add(raw []byte) {
	e := &b.events[b.n]
	b.n++
	*e = event{raw: raw}
	p := b.plan
	if blank(raw) {
		e.blank = true
		return
	}
	if p.options.Validate {
		if e.err = jsonedit.Valid(raw); e.err != nil {
			return
		}
	}
	if p.auto != nil {
		e.err = b.scanAuto(e)
	} else {
		e.err = p.paths.Scan(raw, &b.scanner)
	}
	if e.err != nil {
		return
	}
	e.brace = b.scanner.Brace()
	e.empty = b.scanner.Root().Empty(raw)
	b.findPaths(e)
	b.json.event = raw
	b.collect(e, &b.json)
}

// bom is the byte order mark that an input may begin with.
const bom = "\xef\xbb\xbf"

// blank reports whether there is nothing in a line, but for a byte order mark.
func blank(raw []byte) bool {
	if len(raw) > 1 && raw[0] == '{' {
		return false
	}
	return len(raw) < len("{}\n") && len(trim(raw)) == 0 || len(bytes.TrimSpace(bytes.TrimPrefix(raw, []byte(bom)))) == 0
}

// findPaths notes the paths and the outputs that the event has.
func (b *batch) findPaths(e *event) {
	b.present.clear(len(b.plan.texts))
	e.existing.from = int32(len(b.existing))
	for path, v := range b.scanner.Found() {
		b.present[path/64] |= 1 << (path % 64)
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
// Paths that b.present lacks are not asked for.
func (b *batch) collect(e *event, src source) {
	p := b.plan
	b.source, b.scanned = src, src == source(&b.json)
	if e.preset == nil {
		e.preset = p.presetOf(src, b.present)
	}
	e.zone = b.zoneOf()
	e.roles.from = int32(len(b.roles))
	for i := range e.preset.roles {
		r := &e.preset.roles[i]
		if !r.always && !r.paths.meets(b.present) {
			continue
		}
		from := int32(len(b.values))
		b.candidates(e.preset, r, src)
		if to := int32(len(b.values)); from < to {
			b.begin(e, r.role, span{from, to})
		}
	}
	e.roles.to = int32(len(b.roles))
	if p.options.Urgency && src.kind(p.urgencyPath) == jsonedit.Absent {
		if b.texts = src.append(b.texts[:0], p.severity); len(b.texts) > 0 && len(b.texts[0]) > 0 {
			e.severity = b.texts[0]
		}
	}
}

// zoneNumbers are what the tables know of the zone of the events at hand.
type zoneNumbers struct {
	zone            entity.Zone
	asset, identity uint32
}

// begin begins the lookup of a role by its first candidate.
func (b *batch) begin(e *event, role Role, values span) {
	if len(b.roles) == cap(b.roles) {
		b.roles = append(b.roles, roleState{})
	} else {
		b.roles = b.roles[:len(b.roles)+1]
	}
	s := &b.roles[len(b.roles)-1]
	s.role, s.identity, s.matched = role, role.Kind() == entity.Identity, false
	s.zone, s.values, s.at = e.zone, values, values.from
	first := b.values[values.from].value
	if b.zones.zone != e.zone {
		b.setZone(e.zone)
	}
	at := int32(len(b.roles) - 1)
	switch {
	case s.identity && b.plan.snapshot.Identities != nil:
		b.plan.snapshot.Identities.Begin(&s.person, b.zones.identity, first)
		b.people = append(b.people, at)
	case !s.identity && b.plan.snapshot.Assets != nil:
		b.plan.snapshot.Assets.Begin(&s.asset, b.zones.asset, first)
		shape := 1
		if s.asset.Address() {
			shape = 0
		}
		b.byShape[shape] = append(b.byShape[shape], at)
	}
}

func (b *batch) setZone(z entity.Zone) {
	b.zones.zone = z
	if t := b.plan.snapshot.Assets; t != nil {
		b.zones.asset = t.ZoneNumber(z)
	}
	if t := b.plan.snapshot.Identities; t != nil {
		b.zones.identity = t.ZoneNumber(z)
	}
}

// candidates appends the values of the first group of paths that has any.
func (b *batch) candidates(preset *presetPlan, r *rolePaths, src source) {
	for i := range r.groups {
		g := &r.groups[i]
		if !g.always && !g.wants.meets(b.present) || !b.holds(&g.when) {
			continue
		}
		before := len(b.values)
		if g.plain {
			b.plainCandidates(preset, g, src)
		} else {
			for j := range g.paths {
				b.pathCandidates(preset, &g.paths[j], src)
			}
		}
		if len(b.values) > before {
			return
		}
	}
}

// plainCandidates appends the values of a group whose paths are nothing but
// fields, found by what the group wants and the event has.
func (b *batch) plainCandidates(preset *presetPlan, g *groupPlan, src source) {
	for w := range min(len(g.wants), len(b.present)) {
		for found := g.wants[w] & b.present[w]; found != 0; found &= found - 1 {
			b.fieldCandidates(preset, 64*w+bits.TrailingZeros64(found), nil, src)
		}
	}
}

// pathCandidates appends the values of a path, under each of its spellings,
// that are no null tokens.
func (b *batch) pathCandidates(preset *presetPlan, path *pathPlan, src source) {
	if path.literal != nil {
		b.values = append(b.values, candidate{value: path.literal, path: noPath})
		return
	}
	for _, index := range path.spellings {
		if b.present.has(index) {
			b.fieldCandidates(preset, index, path.after, src)
		}
	}
}

// fieldCandidates appends the values of a field that the event may have; what
// follows after in them, if that is not empty.
func (b *batch) fieldCandidates(preset *presetPlan, index int, after []byte, src source) {
	if v := b.plainText(index); v != nil && len(after) == 0 {
		if !preset.nulls.has(v) {
			b.values = append(b.values, candidate{value: v, path: int32(index)})
		}
		return
	}
	b.texts = src.append(b.texts[:0], index)
	for _, v := range b.texts {
		if len(after) > 0 {
			_, v, _ = bytes.Cut(v, after)
			v = trim(v)
		}
		if !preset.nulls.has(v) {
			b.values = append(b.values, candidate{value: v, path: int32(index)})
		}
	}
}

// plainText returns what most values are, the trimmed text of a string without
// escapes in an event of JSON; nil for everything else.
func (b *batch) plainText(path int) []byte {
	if !b.scanned {
		return nil
	}
	if v := b.scanner.Value(path); v.Kind == jsonedit.String && !v.Escaped {
		return trim(v.Text(b.json.event))
	}
	return nil
}

const noPath = -1

// find finishes the lookups of all events, each step for all of them before the
// next.
func (b *batch) find() {
	if t := b.plan.snapshot.Assets; t != nil {
		b.findAssets(t)
	}
	if t := b.plan.snapshot.Identities; t != nil {
		b.findIdentities(t)
	}
}

func (b *batch) findAssets(t *assets.Table) {
	b.records = b.records[:0]
	for _, list := range b.byShape {
		for _, i := range list {
			t.Seek(&b.roles[i].asset)
		}
	}
	for _, list := range b.byShape {
		for _, i := range list {
			t.Touch(&b.roles[i].asset)
		}
	}
	for _, list := range b.byShape {
		for _, i := range list {
			b.findAsset(t, &b.roles[i])
		}
	}
	columns := b.plan.assetColumns
	b.touched += t.TouchRecords(b.records, columns)
	if !b.plan.plain {
		return
	}
	from := len(b.offsets)
	for _, list := range b.byShape {
		for _, i := range list {
			if s := &b.roles[i]; s.matched {
				s.offsets = int32(len(b.offsets))
				b.offsets = t.AppendOffsets(b.offsets, s.found, b.plan.snapshot.Fill, columns)
			}
		}
	}
	b.touched += t.TouchValues(b.offsets[from:])
}

func (b *batch) findAsset(t *assets.Table, s *roleState) {
	s.found, s.matched = t.Find(&s.asset, s.zone, b.values[s.at].value)
	for !s.matched && s.at+1 < s.values.to {
		s.at++
		s.found, s.matched = t.LookupBytes(s.zone, b.values[s.at].value)
	}
	if s.matched {
		b.records = append(b.records, s.found.Record)
		if filler, ok := t.Filler(s.found); ok {
			b.records = append(b.records, filler)
		}
	}
}

func (b *batch) findIdentities(t *identities.Table) {
	b.records = b.records[:0]
	for _, i := range b.people {
		t.Seek(&b.roles[i].person)
	}
	for _, i := range b.people {
		t.Touch(&b.roles[i].person)
	}
	for _, i := range b.people {
		b.findIdentity(t, &b.roles[i])
	}
	columns := b.plan.identityColumns
	b.touched += t.TouchRecords(b.records, columns)
	if !b.plan.plain {
		return
	}
	from := len(b.offsets)
	for _, i := range b.people {
		if s := &b.roles[i]; s.matched {
			s.offsets = int32(len(b.offsets))
			b.offsets = t.AppendOffsets(b.offsets, s.who, columns)
		}
	}
	b.touched += t.TouchValues(b.offsets[from:])
}

func (b *batch) findIdentity(t *identities.Table, s *roleState) {
	s.who, s.matched = t.Find(&s.person, s.zone, b.values[s.at].value)
	for !s.matched && s.at+1 < s.values.to {
		s.at++
		s.who, s.matched = t.LookupBytes(s.zone, b.values[s.at].value)
	}
	if s.matched {
		b.records = append(b.records, s.who.Record)
	}
}
