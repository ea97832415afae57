package detect

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/kithsec/kith/event"
)

// input is an event that is read.
type input struct {
	event    event.Event
	json     *event.JSON // event, if it is one
	form     *event.JSON // reused
	mapForm  *event.Map
	identity []byte         // what repeats of the event share
	cells    []byte         // backs identity
	decoded  map[string]any // in place of identity
	blank    bool
	bad      error

	object string // the only one, if it was looked up ahead
	ahead  int    // its index there
}

// isAhead reports whether the event's only object was looked up ahead.
func (in *input) isAhead() bool { return in.object != "" }

// ReadLines reads JSON lines and sets readings[i] to what lines[i] is. Facts share
// the memory of the lines and are valid until Reset.
func (r *Reader) ReadLines(lines [][]byte, readings []Reading) {
	r.readAll(len(lines), readings, func(in *input, i int) {
		if in.identity = bytes.TrimSpace(lines[i]); len(in.identity) == 0 {
			in.blank = true
			return
		}
		if in.form == nil {
			in.form = r.schema.NewJSON()
		}
		in.event, in.json = in.form, in.form
		in.bad = in.form.Scan(in.identity)
	})
}

// ReadRecords is ReadLines for CSV records with one header.
func (r *Reader) ReadRecords(header []string, records [][]string, readings []Reading) {
	if r.records == nil || !slices.Equal(header, r.header) {
		r.header, r.records = slices.Clone(header), make([]*event.Record, eventsAhead)
		for i := range r.records {
			r.records[i] = r.schema.NewRecord(header)
		}
	}
	r.readAll(len(records), readings, func(in *input, i int) {
		record := r.records[i%eventsAhead]
		record.ResetStrings(records[i])
		in.event = record
		in.cells = in.cells[:0]
		for _, cell := range records[i] {
			in.cells = append(binary.AppendUvarint(in.cells, uint64(len(cell))), cell...)
		}
		in.identity = in.cells
	})
}

// ReadMaps is ReadLines for decoded events: see [event.Map].
func (r *Reader) ReadMaps(events []map[string]any, readings []Reading) {
	r.readAll(len(events), readings, func(in *input, i int) {
		if in.mapForm == nil {
			in.mapForm = r.schema.NewMap()
		}
		in.mapForm.Reset(events[i])
		in.event, in.decoded = in.mapForm, events[i]
	})
}

// Schema returns the paths that events passed to ReadEvents are compiled against.
func (p *program) Schema() *event.Schema { return p.schema }

// ReadEvents is ReadLines for events of any representation, compiled against the
// Detector's Schema. Events with the same identity, the bytes of the event for
// example, repeat each other.
func (r *Reader) ReadEvents(events []event.Event, identities [][]byte, readings []Reading) {
	r.readAll(len(events), readings, func(in *input, i int) {
		in.event, in.identity = events[i], identities[i]
		in.json, _ = events[i].(*event.JSON)
	})
}

// readAll reads n events, which set makes inputs of. Some are set before the first
// of them is read, so that their objects are looked up together.
func (r *Reader) readAll(n int, readings []Reading, set func(in *input, i int)) {
	for done := 0; done < n; {
		some := min(eventsAhead, n-done)
		for k := range some {
			in := &r.inputs[k]
			in.event, in.json, in.decoded, in.blank, in.bad, in.object = nil, nil, nil, false, nil, ""
			set(in, done+k)
		}
		r.nameAhead(some)
		for k := range some {
			readings[done+k] = r.read(&r.inputs[k])
		}
		done += some
	}
}

// identify returns what repeats of the event share.
func (in *input) identify() []byte {
	if in.decoded == nil {
		return in.identity
	}
	if text, err := json.Marshal(in.decoded); err == nil {
		return text
	}
	return fmt.Append(nil, in.decoded) // JSON has no such value; maps are sorted here, too
}
