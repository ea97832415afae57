package event

import (
	"fmt"
	"slices"
	"time"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/eventtime"
)

// presetTimes reads the times of events at the paths of their presets. It scans an event
// again, for the paths that distinguish the presets and those of times. So events that
// have a time at a path of Builder.Time, as risk modifiers do, are read as fast as without
// presets.
type presetTimes struct {
	reader   Reader // of the events below
	json     *JSON
	decoded  *Map
	rendered []byte // backs json if the event is not a JSON itself
}

// Time returns when the event happened. It is the first of the values at the paths of
// [Builder.Time] that is a number or a string that is a time, from 1678 to 2261:
//
//   - a date and a time of day in RFC 3339, also with a space in place of the T, with an
//     offset like +0100 or +01, with "UTC", or without a zone, which means UTC;
//   - a decimal number of seconds since 1970 UTC below 1e11, milliseconds below 1e14,
//     microseconds below 1e17, or else nanoseconds.
//
// If an event in an envelope has no time, its time is that of the envelope, which may also
// be the member time of the envelope (see [Unwrap]).
//
// With [Builder.PresetTimes], the paths of the event's preset follow. This requires a
// [JSON], a [Map], a [Record], or another Event that has a method AppendJSON(dst []byte)
// []byte. Time returns false if no value is a time.
func (r *Reader) Time() (time.Time, bool) {
	at, ok := firstTime(r, r.schema.times)
	if ok {
		return at, true
	}
	if preset := presetReader(r); preset != nil {
		at, ok = firstTime(preset, preset.format.times)
	}
	if !ok && r.json != nil && r.json.enclosed {
		return envelopeTime(r)
	}
	return at, ok
}

// envelopeTime returns the time of the envelope that the event of r is in.
func envelopeTime(r *Reader) (time.Time, bool) {
	if r.envelope == nil {
		r.envelope = new(Reader)
	}
	n := r.json.envelope
	outer, err := n.scanTarget(r.schema)
	if err != nil {
		return time.Time{}, false
	}
	r.envelope.Reset(r.schema)
	r.envelope.ReadJSON(outer)
	if at, ok := r.envelope.Time(); ok {
		return at, true
	}
	r.envelope.Reset(n.probes.schema)
	r.envelope.ReadJSON(&n.outer)
	return firstTime(r.envelope, []Path{n.probes.paths.time})
}

// firstTime returns the first of the values at some paths of an event that is a time.
func firstTime(r *Reader, paths []Path) (time.Time, bool) {
	for _, p := range paths {
		if !r.present.Has(p) {
			continue
		}
		v := r.Value(p)
		if v.Kind != Number && v.Kind != String {
			continue
		}
		if at, ok := eventtime.Parse(bytestext.String(trimSpace(r.Text(v)))); ok {
			return at.Time(), true
		}
	}
	return time.Time{}, false
}

// TimeFields returns where Time has looked for the time of the event: the paths of
// [Builder.Time] and the Times of the event's preset. It also returns the first of these
// paths at which the event has a value other than null, and the value. If there is none,
// path is "". It is for reporting that Time returned false.
func (r *Reader) TimeFields() (fields []string, path string, v Value) {
	for _, p := range r.schema.times {
		fields = append(fields, r.schema.Text(p))
	}
	p, v := r.firstFound(r.schema.times)
	path = r.schema.Text(p)
	preset := presetReader(r)
	if preset == nil {
		return fields, path, v
	}
	if path == "" {
		p, v = preset.firstFound(preset.format.times)
		path = preset.schema.Text(p)
	}
	for _, field := range preset.format.timeFields {
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields, path, v
}

// CheckTime returns an error if a text cannot be the path of a time because it is not a
// path, or goes through an array.
func CheckTime(text string) error {
	if err := CheckPath(text); err != nil {
		return err
	}
	if firstArrayStep(parsePath(text)) >= 0 {
		return fmt.Errorf("%q goes through an array, so it is not clear which element is the time: use a path without brackets", text)
	}
	return nil
}

// presetReader returns a Reader of the event of r that is bound to Schema.presetTimes. It
// returns nil if there is no such Schema, or if the representation of the event cannot be
// bound to it.
func presetReader(r *Reader) *Reader {
	if r.schema.presetTimes == nil {
		return nil
	}
	s := r.schema.presetTimes()
	if r.preset == nil || r.preset.reader.schema != s {
		r.preset = &presetTimes{json: s.NewJSON(), decoded: s.NewMap()}
	}
	t := r.preset
	t.reader.Reset(s)
	e := t.bind(r.event)
	if e == nil {
		return nil
	}
	t.reader.Read(e)
	return &t.reader
}

// bind returns an event bound to the Schema of t.reader, nil if that is not possible.
func (t *presetTimes) bind(e Event) Event {
	var raw []byte
	switch e := e.(type) {
	case *JSON:
		raw = e.raw
	case *Map:
		t.decoded.Reset(e.event)
		return t.decoded
	case *Record:
		e.times.Reset(e.cells)
		return e.times
	case interface{ AppendJSON(dst []byte) []byte }:
		t.rendered = e.AppendJSON(t.rendered[:0])
		raw = t.rendered
	default:
		return nil
	}
	if t.json.Scan(raw) != nil {
		return nil
	}
	return t.json
}
