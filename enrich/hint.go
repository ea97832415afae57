package enrich

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

// HintCause is the reason why the events of a stream match less than they could.
type HintCause uint8

// The causes.
const (
	OtherFormat HintCause = iota + 1 // the events are in other formats: Formats, which have fields for Roles
	OtherFields                      // the events have no field for Roles: Fields are what they have
	OtherDomain                      // the lists have machines as Known, but events name them in Domain, as in Key
	OtherZone                        // the lists have keys such as Key in Zone, which is not the zone of the events
	UnknownKeys                      // the lists have no key of the events, such as Key
)

// Hint describes why the first events of a stream match less than they could. What it states
// was verified with these events, and with the lists. A stream passes a Hint to
// StreamOptions.Hint if no event matched, if no event has a field for a role but would have
// one in another format, or if the machines of a role are known by other names.
type Hint struct {
	Cause   HintCause
	Events  int           // good events that were examined
	Format  string        // the format of Options
	Roles   []event.Role  // for OtherFormat and OtherFields: roles for which no event has a field
	NoField bool          // no event has a field for any role that the lists could match
	Formats []FormatCount // for OtherFormat: the most frequent first
	Fields  []string      // for OtherFields: paths, the most frequent first
	InLists bool          // the lists have values of Fields
	Role    event.Role    // of Key
	Key     string        // an example from the events
	Known   string        // for OtherDomain: the key that the lists have instead of Key
	Domain  string        // for OtherDomain: what follows Known and a dot in Key
	Zone    entity.Zone   // for OtherZone: where the lists have Key
}

// FormatCount is the number of events that look like a format.
type FormatCount struct {
	Format string
	Events int
}

// maxSampleEvents and maxSampleBytes bound the events that are examined for a Hint.
const (
	maxSampleEvents = 1000
	maxSampleBytes  = 4 << 20
)

// eventSample holds the first events of a stream, or of a block.
type eventSample struct {
	events []sampledEvent
	bytes  int
}

// sampledEvent is a copy of an event: a JSON object, or a record with its header.
type sampledEvent struct {
	json   []byte
	header []string
	cells  [][]byte
}

// isFull reports whether the sample takes no further events.
func (s *eventSample) isFull() bool {
	return len(s.events) >= maxSampleEvents || s.bytes >= maxSampleBytes
}

// add adds an event unless the sample is full.
func (s *eventSample) add(e sampledEvent) {
	if !s.isFull() {
		s.events = append(s.events, e)
		s.bytes += len(e.json)
		for _, cell := range e.cells {
			s.bytes += len(cell)
		}
	}
}

// isSampled reports whether events of a block are to be sampled.
func (s *streamRun) isSampled(b *block) bool {
	return s.sampling.Load() && !b.Results.sample.isFull()
}

// addSample adds the events that a block sampled to those of the stream. When there are
// enough, or at the end of the stream, it examines them.
func (s *streamRun) addSample(of *eventSample, end bool) {
	if !s.sampling.Load() {
		return
	}
	if of != nil {
		for _, e := range of.events {
			s.sample.add(e)
		}
	}
	if !end && !s.sample.isFull() {
		return
	}
	s.sampling.Store(false)
	if hint := examine(s.enricher.plan.Load(), s.sample.events, &s.total); hint != nil {
		s.options.Hint(*hint)
	}
	s.sample = eventSample{}
}
