package detect

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/kithsec/kith/event"
)

// input is an event to read.
type input struct {
	event    event.Event
	json     *event.JSON    // the event if it is a JSON
	ownJSON  *event.JSON    // reused
	ownMap   *event.Map     // reused
	identity []byte         // equal for events that repeat each other
	cells    []byte         // backs the identity of CSV records
	decoded  map[string]any // if not nil, identifies the event in place of identity
	blank    bool
	err      error

	bulkObject string // the only object of the event if it is in the bulk lookup, or ""
	bulkIndex  int    // its index in the bulk lookup
}

// inBulk reports whether the event's only object was looked up in bulk.
func (in *input) inBulk() bool { return in.bulkObject != "" }

// ReadLines reads lines of JSON and sets readings[i] to the result for lines[i]. An event in
// an envelope is read in place of the envelope, as Config.Unwrap states; if it is text in
// the envelope, it also has the members of the envelope that it lacks.
// readings must be at least as long as lines. Facts share the memory of the lines and
// are valid until Reset.
func (r *Reader) ReadLines(lines [][]byte, readings []Reading) {
	r.readAll(len(lines), readings, func(in *input, i int) {
		if in.identity = bytes.TrimSpace(lines[i]); len(in.identity) == 0 {
			in.blank = true
			return
		}
		if in.ownJSON == nil {
			in.ownJSON = r.schema.NewJSON()
		}
		in.event, in.json = in.ownJSON, in.ownJSON
		if in.err = in.ownJSON.Scan(in.identity); in.err == nil {
			in.err = in.ownJSON.MergeEnvelope()
		}
	})
}

// ReadRecords is like ReadLines, but reads CSV records, which share one header.
func (r *Reader) ReadRecords(header []string, records [][]string, readings []Reading) {
	if r.records == nil || !slices.Equal(header, r.header) {
		r.header, r.records = slices.Clone(header), make([]*event.Record, bulkSize)
		for i := range r.records {
			r.records[i] = r.schema.NewRecord(header)
		}
	}
	r.readAll(len(records), readings, func(in *input, i int) {
		record := r.records[i%bulkSize]
		record.ResetStrings(records[i])
		in.event = record
		in.cells = in.cells[:0]
		for _, cell := range records[i] {
			in.cells = append(binary.AppendUvarint(in.cells, uint64(len(cell))), cell...)
		}
		in.identity = in.cells
	})
}

// ReadMaps is like ReadLines, but reads decoded events, as described at
// [event.Map].
func (r *Reader) ReadMaps(events []map[string]any, readings []Reading) {
	r.readAll(len(events), readings, func(in *input, i int) {
		if in.ownMap == nil {
			in.ownMap = r.schema.NewMap()
		}
		in.ownMap.Reset(events[i])
		in.event, in.decoded = in.ownMap, events[i]
	})
}

// Schema returns the Schema to which events passed to ReadEvents must be bound.
func (p *program) Schema() *event.Schema { return p.schema }

// ReadEvents is like ReadLines, but reads events in any representation. They must be
// bound to the Detector's Schema. Events with equal identities count as repeats of
// each other; the identity is usually the bytes of the event.
func (r *Reader) ReadEvents(events []event.Event, identities [][]byte, readings []Reading) {
	r.readAll(len(events), readings, func(in *input, i int) {
		in.event, in.identity = events[i], identities[i]
		in.json, _ = events[i].(*event.JSON)
	})
}

// readAll reads n events in groups whose objects are looked up together. set fills in
// the input for event i.
func (r *Reader) readAll(n int, readings []Reading, set func(in *input, i int)) {
	for done := 0; done < n; {
		count := min(bulkSize, n-done)
		for k := range count {
			in := &r.inputs[k]
			in.event, in.json, in.decoded, in.blank, in.err, in.bulkObject = nil, nil, nil, false, nil, ""
			set(in, done+k)
		}
		r.lookUpBulk(count)
		for k := range count {
			readings[done+k] = r.readEvent(&r.inputs[k])
		}
		done += count
	}
}

// identityBytes returns bytes that are equal for events that repeat each other.
func (in *input) identityBytes() []byte {
	if in.decoded == nil {
		return in.identity
	}
	if text, err := json.Marshal(in.decoded); err == nil {
		return text
	}
	return fmt.Append(nil, in.decoded) // a value that JSON cannot encode; fmt sorts maps, too
}
