package event

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/kithsec/kith/internal/jsonscan"
)

// Unwrap selects the objects in which [JSON] looks for the event. Shippers, queues and
// searches put events into envelopes, such as {"time":1772352000,"event":{…}}. The zero
// Unwrap opens an envelope in these cases:
//
//  1. It has the shape of one: that of Splunk's HTTP event collector (event; else only time,
//     host, source, sourcetype, index and fields, and beside an event that is text also fields
//     such as src_owner, which enriching adds), a Splunk export (result, preview), Kafka Connect
//     (only schema and payload), a hit of a search (_index, _source), EventBridge (detail-type,
//     detail) or Docker (log, stream).
//  2. Otherwise, one of its members event, result, payload, _source, detail, message, log and
//     data fits the format. The first that does is the event.
//
// An object fits if it has a mark of the format (with [Auto]: of any format), or a value at a
// path of its roles (with Auto: of those of cim) or at risk_object. Paths of the role host do
// not count, because envelopes name hosts, too. An object that fits is never an envelope, unless
// it only fits by lists at paths such as src_ip, which enriching adds to an envelope whose event
// is text. The member that is opened is an object, or a string that contains exactly one object;
// it is not opened again.
type Unwrap struct {
	Off bool // take every object as the event
	// Names are the paths of members that are opened without conditions, in place of the
	// members of case 2: the first that is an object, or a string with exactly one object.
	Names []string
}

// ParseUnwrap returns the Unwrap for the words of a configuration: auto, off, or the names of
// members. No words mean auto.
func ParseUnwrap(words []string) (Unwrap, error) {
	if len(words) == 0 || len(words) == 1 && words[0] == Auto {
		return Unwrap{}, nil
	}
	if len(words) == 1 && words[0] == "off" {
		return Unwrap{Off: true}, nil
	}
	for i, name := range words {
		switch err := CheckPath(name); {
		case name == Auto, name == "off":
			return Unwrap{}, fmt.Errorf("%s cannot be combined with names of members", name)
		case err != nil:
			return Unwrap{}, fmt.Errorf("name of a member: %w", err)
		case firstArrayStep(parsePath(name)) >= 0:
			return Unwrap{}, fmt.Errorf("%q goes through an array: use the path of the array without brackets", name)
		case slices.Contains(words[:i], name):
			return Unwrap{}, fmt.Errorf("%q is listed twice", name)
		}
	}
	return Unwrap{Names: slices.Clone(words)}, nil
}

// unwrapMembers are the members that are opened if they fit, in the order in which they are
// tried.
var unwrapMembers = [...]string{"event", "result", "payload", "_source", "detail", "message", "log", "data"}

// unwrapper is a compiled Unwrap. It is immutable.
type unwrapper struct {
	byName   bool       // Unwrap.Names
	names    mask       // paths of the Schema: Names
	members  mask       // paths of the Schema: an object that has none of them is not an envelope
	scanned  []Path     // the paths of members, to scan for
	fallback *Format    // an event of another format has a mark of it; nil without a format
	own      []maskWord // paths of the Schema: an event with a value there fits
	added    []Path     // paths of the Schema: enriching may add lists there
	ownFirst maskWord   // the first word of own; empty with Unwrap.Names
	nulls    *nullSet   // of the format

	// probes returns what objects are tested with. It is compiled when it is first needed,
	// which streams without envelopes seldom do.
	probes func() *probes
}

// probes are the paths with which objects are tested that may be envelopes, or events in them.
type probes struct {
	schema   *Schema
	paths    envelopePaths
	marks    []signRule // of the format, unless that is Auto
	detector *detector  // of the marks
	signs    []pathSigns
	signed   []maskWord // the paths of schema that have signs
	fits     []maskWord // paths of schema: an object with a value there fits
	added    []Path     // paths of schema: enriching may add lists there
}

// envelopePaths are paths of probes.schema.
type envelopePaths struct {
	event, result, payload, source, detail, message, log, data Path
	preview, schema, index, detailType, stream, time           Path

	opened []Path // the members to try
}

// Unwrap makes [JSON] take events out of envelopes. Call it after Roles. If the Schema has no
// roles, an object fits if it fits with Auto.
func (b *Builder) Unwrap(u Unwrap) {
	if !u.Off {
		b.unwrap = &u
	}
}

// compileUnwrap compiles the Unwrap of a Schema whose other paths are known.
func (b *Builder) compileUnwrap() error {
	s, w := b.schema, &unwrapper{byName: len(b.unwrap.Names) > 0}
	format := b.options.Format
	switch {
	case len(s.formats) == 0:
		format = Auto
	case s.auto == nil:
		w.fallback = &s.formats[0]
	default:
		w.fallback = s.formatNamed(fallbackPreset)
	}
	w.scanned = b.collectPaths(func() {
		for _, name := range b.unwrap.Names {
			w.names.add(b.Path(name))
			w.members.add(b.Path(name))
		}
		for _, name := range unwrapMembers {
			w.members.add(b.Path(name))
		}
	})
	all := presetsWith(b.options.Presets)
	if w.fallback != nil {
		own := w.fallback.fitPaths(b, all)
		w.own, w.added = own.sortedWords(), b.addedPaths()
	} else if p, known := b.index[pathText{text: riskObjectPath}]; known {
		w.own = []maskWord{{uint(p) / 64, 1 << (p % 64)}}
	}
	w.nulls = s.zoneNulls
	if w.fallback != nil {
		w.nulls = w.fallback.nulls
	}
	if len(w.own) > 0 && !w.byName {
		w.ownFirst = w.own[0]
	}
	s.unwrap = w
	presets, names := b.options.Presets, b.unwrap.Names
	if len(presets) == 0 {
		w.probes = sync.OnceValue(func() *probes {
			p, _ := newProbes(format, nil, names) // shipped presets are valid, as tests ensure
			return p
		})
		return nil
	}
	p, err := newProbes(format, presets, names)
	w.probes = func() *probes { return p }
	return err
}

// riskObjectPath is where a risk modifier, whose other paths may be of any format, has its
// object.
const riskObjectPath = "risk_object"

// formatNamed returns the compiled format with that name.
func (s *Schema) formatNamed(name string) *Format {
	return &s.formats[slices.IndexFunc(s.formats, func(f Format) bool { return f.name == name })]
}

// fitPaths returns the paths of the roles that are read, without the paths of the role host.
func (f *Format) fitPaths(b *Builder, all []Preset) (m mask) {
	var host []string
	preset := all[slices.IndexFunc(all, func(p Preset) bool { return p.Name == f.name })]
	if role, has := preset.Role(Host.String()); has {
		for _, g := range role.Groups {
			for _, path := range g.Paths {
				host = append(host, preset.Spellings(path.Field)...)
			}
		}
	}
	host = append(host, "host")
	for _, role := range f.roles {
		for _, g := range f.byRole[role].groups {
			for _, p := range g.spellings {
				if !slices.Contains(host, b.schema.texts[p]) {
					m.add(p)
				}
			}
		}
	}
	return m
}

// addedFields are the fields with keys that enriching adds for a role, as lists.
var addedFields = [...]string{"ip", "mac", "nt_host", "dns"}

// addedPaths returns those paths of the Schema at which enriching adds lists of keys.
func (b *Builder) addedPaths() (paths []Path) {
	for role := range Role(NumRoles) {
		for _, field := range addedFields {
			if p, known := b.index[pathText{text: role.String() + "_" + field}]; known {
				paths = append(paths, p)
			}
		}
	}
	return paths
}

// newProbes compiles the paths with which objects are tested that may be envelopes of events
// of a format. names are Unwrap.Names.
func newProbes(format string, presets []Preset, names []string) (*probes, error) {
	o := &probes{}
	b := NewBuilder(Options{Format: format, Presets: presets})
	if err := b.Roles(); err != nil {
		return nil, err
	}
	path := b.Path
	o.paths = envelopePaths{
		event: path("event"), result: path("result"), payload: path("payload"), source: path("_source"), detail: path("detail"),
		message: path("message"), log: path("log"), data: path("data"),
		preview: path("preview"), schema: path("schema"), index: path("_index"), detailType: path("detail-type"), stream: path("stream"), time: path("time"),
	}
	if len(names) == 0 {
		names = unwrapMembers[:]
	}
	for _, name := range names {
		o.paths.opened = append(o.paths.opened, path(name))
	}
	fallback := &b.schema.formats[0]
	if format == Auto {
		fallback = b.schema.formatNamed(fallbackPreset)
	} else {
		o.compileMarks(b, fallback.name, presets)
	}
	fits := fallback.fitPaths(b, presetsWith(presets))
	fits.add(path(riskObjectPath))
	o.fits, o.added = fits.sortedWords(), b.addedPaths()
	var err error
	o.schema, err = b.Build()
	return o, err
}

// compileMarks adds the paths of the marks of a format.
func (o *probes) compileMarks(b *Builder, format string, presets []Preset) {
	d := newDetector(presets...)
	var own signSet
	for _, rule := range d.rules {
		if rule.preset == format {
			o.marks = append(o.marks, rule)
			for _, any := range rule.all {
				own = own.union(any)
			}
		}
	}
	var signed mask
	for _, path := range d.signPaths(own) {
		p := b.Path(path)
		o.signs = append(o.signs, make([]pathSigns, max(0, int(p)+1-len(o.signs)))...)
		o.signs[p] = d.byPath[path]
		signed.add(p)
	}
	o.signed, o.detector = signed.sortedWords(), d
}

// isFit reports whether an object that was scanned for probes fits. Lists at the paths ignored
// do not count.
func (o *probes) isFit(e *JSON, ignored []Path) bool {
	if o.schema.auto != nil {
		if e.format != o.schema.formatNamed(fallbackPreset) {
			return true
		}
	} else if o.hasMark(e) {
		return true
	}
	return hasTextAt(e, o.fits, ignored)
}

// hasMark reports whether an object that was scanned for probes has a mark of the format.
func (o *probes) hasMark(e *JSON) bool {
	var seen signSet
	for p := range pathsIn(o.signed, e.present) {
		seen = seen.union(o.signs[p].signsFor(e.Value(p).Kind))
	}
	if len(o.marks) == 0 {
		return false
	}
	seen = o.detector.withFlatKeys(e, seen)
	return slices.ContainsFunc(o.marks, func(r signRule) bool { return r.appliesTo(seen) })
}

// hasTextAt reports whether the event has a text other than a null token at one of the paths.
// Lists at the paths ignored do not count.
func hasTextAt(e *JSON, words []maskWord, ignored []Path) bool {
	nulls := e.schema.zoneNulls
	if e.format != nil {
		nulls = e.format.nulls
	}
	for p := range pathsIn(words, e.present) {
		if text, plain := e.plainText(p); plain {
			if !nulls.has(text) {
				return true
			}
			continue
		}
		if slices.Contains(ignored, p) && e.Value(p).Kind == Array {
			continue
		}
		e.elements = e.AppendElements(e.elements[:0], p)
		for _, v := range e.elements {
			e.text = v.AppendText(e.text[:0])
			if v.Kind.IsScalar() && !nulls.has(trimSpace(e.text)) {
				return true
			}
		}
	}
	return false
}

// shape returns the member that is the event of an envelope with a known shape. The object
// was scanned for probes.
func (o *probes) shape(e *JSON) (member Path, known bool) {
	p, has := &o.paths, e.present.Has
	switch {
	case has(p.event) && hasOnly(e, p.event, isCollectorMember):
		return p.event, true
	case e.Value(p.event).Kind == String && hasOnly(e, p.event, isEnrichedCollectorMember):
		return p.event, true
	case has(p.result) && has(p.preview):
		return p.result, true
	case has(p.payload) && has(p.schema) && hasOnly(e, p.payload, isSchema):
		return p.payload, true
	case has(p.source) && has(p.index):
		return p.source, true
	case has(p.detail) && has(p.detailType):
		return p.detail, true
	case has(p.stream) && e.Value(p.log).Kind == String:
		return p.log, true
	}
	return 0, false
}

// isCollectorMember reports whether an envelope of Splunk's HTTP event collector may have a
// member beside the event.
func isCollectorMember(key []byte, kind jsonscan.Kind) bool {
	switch string(key) {
	case "fields":
		return true
	case "time", "host", "source", "sourcetype", "index":
		return kind != jsonscan.Object && kind != jsonscan.Array
	}
	return false
}

// isEnrichedCollectorMember is isCollectorMember for an envelope whose event is text, so that
// enriching adds fields of roles to the envelope.
func isEnrichedCollectorMember(key []byte, kind jsonscan.Kind) bool {
	role, _, found := bytes.Cut(key, []byte("_"))
	if string(key) == "urgency" || found && slices.Contains(roleNames[:], string(role)) {
		return true
	}
	return isCollectorMember(key, kind)
}

// isSchema reports whether a member is the schema of a message of Kafka Connect.
func isSchema(key []byte, _ jsonscan.Kind) bool { return string(key) == "schema" }

// hasOnly reports whether allowed returns true for all members of the object but one.
func hasOnly(e *JSON, one Path, allowed func(key []byte, kind jsonscan.Kind) bool) bool {
	known := e.scanner.Value(int(one))
	for key, v := range jsonscan.MembersOf(e.raw, e.scanner.Root(), known) {
		if v == known {
			continue
		}
		e.text = key.AppendText(e.text[:0], e.raw)
		if string(e.text) != e.schema.texts[one] && !allowed(e.text, v.Kind) {
			return false
		}
	}
	return true
}
