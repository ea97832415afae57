package event

import (
	"math/bits"

	"github.com/kithsec/kith/internal/jsonscan"
)

// envelope is what a JSON needs to take events out of envelopes.
type envelope struct {
	unwrapper *unwrapper
	probes    *probes // of the unwrapper
	outer     JSON    // the object that was scanned, for the probes
	inner     JSON    // a member that may be the event, for the probes
	target    *JSON   // the envelope, for the paths of the Schema, if the event is text in it
	texts     textBlock
	object    []byte // the envelope of the current event
	text      []byte // the current event if it is text
}

// placement states where in the scanned bytes the event is.
type placement struct {
	isPart   bool // the event is not all of the scanned bytes, or is text in them
	enclosed bool // in an envelope
	inText   bool // in a string of the envelope; fields are added to the envelope
	fit      fitness
	isSingle bool // the event has no member that could be an event
}

// Place is where in the scanned bytes an event is. All fields are offsets.
type Place struct {
	// From and To are the range of the object to which fields are added: the event, or its
	// envelope if the event is text in it.
	From, To int
	// Object is where the object begins that is the event or contains it. Text may precede it.
	Object int
}

// fitness is whether an event fits its format, as [Unwrap] defines it.
type fitness uint8

const (
	fitUnknown fitness = iota
	fits
	fitsNot
)

// textBlock holds texts that are read from envelopes. A text stays valid for as long as it is
// referred to.
type textBlock struct{ free []byte }

// textBlockSize is the size of the blocks from which texts are cut.
const textBlockSize = 1 << 16

// grow returns an empty slice of the block, for keep, with room for n bytes.
func (b *textBlock) grow(n int) []byte {
	if cap(b.free) < n {
		b.free = make([]byte, 0, max(textBlockSize, n))
	}
	return b.free
}

// keep keeps a text that was appended to the result of grow.
func (b *textBlock) keep(text []byte) []byte {
	b.free = text[len(text):]
	return text[:len(text):len(text)]
}

// unquote returns the text of a string.
func (b *textBlock) unquote(v Value) []byte {
	if !v.Escaped {
		return v.Text
	}
	return b.keep(v.AppendText(b.grow(len(v.Text))))
}

// scanWhole is Scan for bytes that are the event as a whole.
func (e *JSON) scanWhole(raw []byte) error {
	envelopes := e.envelopes
	e.whole, e.envelopes = true, false
	err := e.Scan(raw)
	e.whole, e.envelopes = false, envelopes
	return err
}

// scanAfterText is Scan for bytes that are not an object, as cause states: there may be text
// before the object.
func scanAfterText(e *JSON, raw []byte, cause error) error {
	at := 0
	if !e.whole {
		at = jsonscan.AfterText(raw)
	}
	if at == 0 {
		return cause
	}
	if err := e.scanWhole(raw[at:]); err != nil {
		return jsonscan.ShiftError(err, at)
	}
	e.isPart, e.place = true, Place{at, len(raw), at}
	if w := e.schema.unwrap; w != nil && w.mayBeEnvelope(e) {
		return w.scanMember(e, raw[at:], at)
	}
	return nil
}

// scanEnvelope is Scan for bytes that are expected to be an envelope.
func (w *unwrapper) scanEnvelope(e *JSON, raw []byte) error {
	if opened, err := w.openEnvelope(e, raw, 0); opened {
		return err
	}
	e.envelopes = false
	return e.Scan(raw)
}

// scanMember opens the object that was scanned, if it is an envelope. The object begins at
// offset at of the bytes passed to Scan.
func (w *unwrapper) scanMember(e *JSON, object []byte, at int) error {
	if w.isNotEnvelope(e) {
		return nil
	}
	_, err := w.openEnvelope(e, object, at)
	return err
}

// mayBeEnvelope reports whether the object that was scanned may be an envelope. For most of the
// objects that are none, it returns false: they have a mark of their format, no member that
// could be an event, or a plain text at one of the first paths of their roles.
func (w *unwrapper) mayBeEnvelope(e *JSON) bool {
	switch {
	case e.format != w.fallback && !w.byName:
		e.fit = fits
		return false
	case !w.members.meets(e.present):
		e.isSingle = true
		return false
	case w.fitsAtOnce(e):
		e.fit = fits
		return false
	}
	return true
}

// fitsAtOnce reports whether the value at the first path at which the object that was scanned
// has one is a plain text other than a null token.
func (w *unwrapper) fitsAtOnce(e *JSON) bool {
	found := w.ownFirst.paths & e.present[w.ownFirst.index]
	if found == 0 {
		return false
	}
	v := e.scanner.Value(int(w.ownFirst.index*64) + bits.TrailingZeros64(found))
	if v.Kind != jsonscan.String || v.End-v.Start <= 2 {
		return false
	}
	c := e.raw[v.Start+1]
	return isVisible(c) && isVisible(e.raw[v.End-2]) && c != '\\' && w.nulls.lengths[c]>>((v.End-v.Start-2)%32)&1 == 0
}

// isNotEnvelope reports whether the object that was scanned, which has a member that could be an
// event, is certainly not an envelope.
func (w *unwrapper) isNotEnvelope(e *JSON) bool {
	if w.byName && w.names.meets(e.present) {
		return false
	}
	if e.format != w.fallback || hasTextAt(e, w.own, w.added) {
		e.fit = fits
		return true
	}
	return false
}

// openEnvelope scans the event in an object if the object is an envelope, and reports whether
// it is. The object begins at offset at of the scanned bytes. If it is not an envelope,
// openEnvelope only sets the fitness, provided that the object can be scanned; but if the text
// in an envelope is not an event, openEnvelope scans the object again.
func (w *unwrapper) openEnvelope(e *JSON, object []byte, at int) (opened bool, err error) {
	if e.envelope == nil {
		e.envelope = new(envelope)
	}
	n := e.envelope
	n.bind(w)
	if n.outer.scanWhole(object) != nil {
		return false, nil
	}
	member, fit, opened := n.choose()
	if e.fit = fit; !opened {
		return false, nil
	}
	from, to := n.outer.Range(member)
	if n.outer.Value(member).Kind == Object {
		err = jsonscan.ShiftError(e.scanWhole(object[from:to]), at+from)
		e.placement, e.place = placement{isPart: true, enclosed: true, fit: fit}, Place{at + from, at + to, at}
	} else if e.scanWhole(n.text) == nil {
		e.placement, e.place = placement{isPart: true, enclosed: true, inText: true, fit: fit}, Place{at, at + len(object), at}
	} else {
		err = e.scanWhole(object)
		e.placement = placement{isPart: at > 0}
		return false, err
	}
	n.object, e.envelopes = object, true
	return true, err
}

// bind prepares for the Unwrap of a Schema.
func (n *envelope) bind(w *unwrapper) {
	if n.unwrapper != w {
		n.unwrapper, n.probes = w, w.probes()
		n.outer.Reset(n.probes.schema)
		n.inner.Reset(n.probes.schema)
	}
}

// choose returns the member of the outer object that is the event, and reports whether there
// is one. If not, fit is the fitness of the outer object, otherwise that of the event if it is
// known. n.text is the event if it is text; if the fitness is not known, it may not be an object.
func (n *envelope) choose() (member Path, fit fitness, opened bool) {
	byName := n.unwrapper.byName
	onlyText := false // the object only fits by lists that enriching added to an envelope of text
	fit = fitsNot
	if n.probes.isFit(&n.outer, nil) {
		fit = fits
		if !byName && n.probes.isFit(&n.outer, n.probes.added) {
			return 0, fits, false
		}
		onlyText = !byName
	}
	if member, known := n.probes.shape(&n.outer); known && (fit == fitsNot || onlyText && n.outer.Value(member).Kind == String) {
		if !n.mayOpen(member) { // whether it is an object shows when it is scanned as the event
			return 0, fit, false
		}
		return member, fitUnknown, true
	}
	for _, member := range n.probes.paths.opened {
		switch {
		case onlyText && n.outer.Value(member).Kind != String, !n.canOpen(member):
		case byName:
			return member, fitUnknown, true
		case n.isFit(member):
			return member, fits, true
		}
	}
	return 0, fit, false
}

// mayOpen reports whether a member of the outer object is an object, or a text that begins like
// one. In the latter case it sets n.text.
func (n *envelope) mayOpen(member Path) bool {
	v := n.outer.Value(member)
	if v.Kind != String || len(v.Text) == 0 || v.Text[0] > ' ' && v.Text[0] != '{' && v.Text[0] != '\\' {
		return v.Kind == Object
	}
	n.text = n.texts.unquote(v)
	return true
}

// canOpen reports whether a member of the outer object is an object, or a text that is one. In
// the latter case it sets n.text, and scans the text.
func (n *envelope) canOpen(member Path) bool {
	return n.mayOpen(member) && (n.outer.Value(member).Kind == Object || n.inner.scanWhole(n.text) == nil)
}

// isFit reports whether a member that can be opened fits.
func (n *envelope) isFit(member Path) bool {
	if v := n.outer.Value(member); v.Kind == Object && n.inner.scanWhole(v.Text) != nil {
		return false
	}
	return n.probes.isFit(&n.inner, nil)
}

// IsPart reports whether the event is not all of the scanned bytes: there is text before it, or
// it is in an envelope.
func (e *JSON) IsPart() bool { return e.isPart }

// Place returns where in the scanned bytes the event is, if it is only a part of them.
func (e *JSON) Place() Place { return e.place }

// IsOwn reports whether the event is not in an envelope, and cannot be an envelope either: it
// fits, as described at [Unwrap], it has no member that could be an event, or the Schema has no
// Unwrap.
func (e *JSON) IsOwn() bool {
	return e.schema.unwrap == nil || !e.enclosed && (e.fit == fits || e.isSingle)
}

// Target returns the object to which fields of the event are added: the event itself, or its
// envelope if the event is text. It is valid until the next Scan.
func (e *JSON) Target() (*JSON, error) {
	if !e.inText {
		return e, nil
	}
	target, err := e.envelope.scanTarget(e.schema)
	return target, jsonscan.ShiftError(err, e.place.From)
}

// scanTarget scans the envelope of the current event for the paths of a Schema.
func (n *envelope) scanTarget(s *Schema) (*JSON, error) {
	if n.target == nil {
		n.target = new(JSON)
	}
	n.target.Reset(s)
	return n.target, n.target.scanWhole(n.object)
}

// MergeEnvelope gives an event that is text the members of its envelope that it lacks, because
// fields of such an event are added to the envelope. It does nothing with other events.
func (e *JSON) MergeEnvelope() error {
	if !e.inText {
		return nil
	}
	n := e.envelope
	outer, inner := n.outer.scanner.Root(), e.scanner.Root()
	merged := n.texts.grow(len(n.object) + len(n.text))
	merged = append(merged, n.object[outer.Start:outer.End-1]...) // not empty: it has the event
	if !inner.Empty(n.text) {
		merged = append(merged, ',')
	}
	merged = append(merged, n.text[inner.Start+1:inner.End]...)
	kept := e.placement
	err := e.scanWhole(n.texts.keep(merged))
	e.placement = kept
	return err
}

// Fits reports whether the event has a mark of its format, or a value by which an entity or a
// risk object could be found, as described at [Unwrap]. The Schema must have an Unwrap.
func (e *JSON) Fits() bool {
	if e.fit == fitUnknown {
		if e.envelope == nil {
			e.envelope = new(envelope)
		}
		n := e.envelope
		n.bind(e.schema.unwrap)
		e.fit = fitsNot
		if n.inner.scanWhole(e.raw) == nil && n.probes.isFit(&n.inner, nil) {
			e.fit = fits
		}
	}
	return e.fit == fits
}
