package stream

import (
	"bytes"
	"context"
	"slices"
	"strings"
)

// Arrays selects the arrays of events to open in a [Source] of JSON events: each of their
// elements becomes a unit, in place of the unit around them. A line that is an array of objects
// is always opened.
//
// Of an object whose only member is an array Records, records, value, events or hits.hits, the
// array is opened if its first element fits. Members that begin with @odata. do not count, nor
// do those around hits.hits, nor kind, apiVersion and metadata around the items of a list of
// Kubernetes. If such an object is longer than the limit of a unit, it is opened by its
// beginning, and its elements are read one after another.
type Arrays struct {
	// Objects opens arrays in objects.
	Objects bool
	// Fits reports whether an element can be an event. It is called by the goroutine that
	// calls Source.Next.
	Fits func(element []byte) bool
	// Names are the paths of arrays to open without these conditions, in place of those above:
	// the first that is an array of objects.
	Names []string
	// Keep keeps what is around the elements: see Chunk.Around.
	Keep bool

	leftOut []string // for LeftOut
	line    int64    // for LeftOut
}

// LeftOut returns the names of members that were around opened arrays and are not in any unit,
// and the line of the first object that had one. "…" stands for those behind the array of a long
// object, whose names are not read. It must not be called before the Source has
// been read.
func (a *Arrays) LeftOut() (names []string, line int64) { return a.leftOut, a.line }

// maxLeftOut is the maximum number of names that Arrays collects.
const maxLeftOut = 10

// noteLeftOut collects names of members that are left out of the units of the object on a line.
func (a *Arrays) noteLeftOut(names []string, line int64) {
	for _, name := range names {
		if len(a.leftOut) == 0 {
			a.line = line
		}
		if len(a.leftOut) < maxLeftOut && !slices.Contains(a.leftOut, name) {
			a.leftOut = append(a.leftOut, name)
		}
	}
}

// OpenArrays returns the units of a Source of JSON events with arrays opened. Source must have
// been returned by Form.Open or Form.Resume.
func OpenArrays(src Source, a *Arrays) Source {
	o := &arraySource{Source: src, arrays: a}
	switch src := src.(type) {
	case *Lines:
		o.lines = true
	case *Values:
		src.arrays = a
	default:
		return src
	}
	return o
}

// arraySource opens the arrays in the units of a Source.
type arraySource struct {
	Source
	arrays *Arrays
	lines  bool // the units are lines
	finder arrayFinder
	data   []byte // of the chunk that is made
	ends   []int
	starts []int64
}

// Next implements [Source].
func (s *arraySource) Next(ctx context.Context, c *Chunk) error {
	err := s.Source.Next(ctx, c)
	s.openChunk(c)
	first, lines, size := c.First, c.Lines, c.Size
	for err == nil && c.Len() == 0 { // of empty arrays
		err = s.Source.Next(ctx, c)
		s.openChunk(c)
		lines += c.Lines
		size += c.Size
	}
	if c.First != first && len(c.Starts) == 0 {
		for i := range c.Len() {
			c.Starts = append(c.Starts, c.First+int64(i))
		}
	}
	c.First, c.Lines, c.Size = first, lines, size
	return err
}

// openChunk opens the arrays in the units of a chunk.
func (s *arraySource) openChunk(c *Chunk) {
	from := 0
	for i, end := range c.Ends {
		if unit := c.Data[from:end]; s.mayOpen(unit) && s.finder.find(unit, s.arrays, s.lines) {
			s.openUnits(c, i)
			return
		}
		from = end
	}
}

// mayOpen reports whether a unit may be, or contain, an array to open. For nearly all others it
// returns false after a look at the first bytes.
func (s *arraySource) mayOpen(unit []byte) bool {
	if len(unit) < len(`{"a":`) {
		return len(unit) >= len(`[]`) && unit[0] == '[' && s.lines
	}
	switch first := unit[0]; {
	case first == '[':
		return s.lines
	case !s.arrays.Objects:
		return first <= ' ' && s.lines
	case s.arrays.Names != nil:
		return slices.ContainsFunc(s.arrays.Names, func(name string) bool {
			return bytes.Contains(unit, []byte(name[strings.LastIndexByte(name, '.')+1:]+`"`))
		})
	case first != '{' || unit[1] != '"':
		return true
	}
	switch uint16(unit[2])<<8 | uint16(unit[3]) {
	case 'R'<<8 | 'e', 'r'<<8 | 'e', 'v'<<8 | 'a', 'e'<<8 | 'v', '@'<<8 | 'o', // Records, records, value, events, @odata
		'h'<<8 | 'i', 't'<<8 | 'o', 't'<<8 | 'i', '_'<<8 | 's', 'p'<<8 | 'i', // hits, took, timed_out, _shards, _scroll_id, pit_id
		'k'<<8 | 'i', 'a'<<8 | 'p', 'm'<<8 | 'e', 'i'<<8 | 't': // kind, apiVersion, metadata, items
		return true
	}
	return false
}

// openUnits opens the arrays in the units of a chunk, of which unit first was found to have one.
func (s *arraySource) openUnits(c *Chunk, first int) {
	s.ends, s.starts = append(s.ends[:0], c.Ends[:first]...), s.starts[:0]
	for i := range first {
		s.starts = append(s.starts, c.Line(i))
	}
	malformed := c.malformed
	c.malformed = nil
	from := 0
	if first > 0 {
		from = c.Ends[first-1]
	}
	s.data = append(s.data[:0], c.Data[:from]...)
	for len(malformed) > 0 && malformed[0].unit < first {
		c.malformed, malformed = append(c.malformed, malformed[0]), malformed[1:]
	}
	for i := first; i < c.Len(); i++ {
		unit := c.Unit(i)
		if len(malformed) > 0 && malformed[0].unit == i {
			c.malformed, malformed = append(c.malformed, malformedUnit{len(s.ends), malformed[0].err}), malformed[1:]
		} else if s.mayOpen(unit) && s.finder.find(unit, s.arrays, s.lines) {
			s.addElements(c, unit, c.Line(i))
			continue
		}
		s.data = append(s.data, unit...)
		s.addUnit(c.Line(i))
	}
	c.Data, s.data = s.data, c.Data
	c.Ends, s.ends = s.ends, c.Ends
	c.Starts, s.starts = s.starts, c.Starts
}

func (s *arraySource) addUnit(line int64) {
	s.ends, s.starts = append(s.ends, len(s.data)), append(s.starts, line)
}

// addElements adds the elements of the array that was found in a unit.
func (s *arraySource) addElements(c *Chunk, unit []byte, line int64) {
	f := &s.finder
	keep := s.arrays.Keep && f.inObject
	if !keep {
		s.arrays.noteLeftOut(f.around, line)
	}
	from := 0 // of what is not added yet
	for i, e := range f.elements {
		if keep {
			c.parts = append(c.parts, part{len(s.ends), e.from - from, e.to - from})
			end := e.to
			if i == len(f.elements)-1 && f.err == nil {
				end = len(unit)
			}
			s.data = append(s.data, unit[from:end]...)
			from = end
		} else {
			s.data = append(s.data, unit[:f.text]...)
			s.data = append(append(s.data, unit[e.from:e.to]...), '\n')
		}
		s.addUnit(line)
	}
	if f.err != nil {
		c.malformed = append(c.malformed, malformedUnit{len(s.ends), f.err})
		if keep {
			c.parts = append(c.parts, part{len(s.ends), 0, len(unit) - from})
		} else {
			from = f.rest
		}
		s.data = append(s.data, unit[from:]...)
		s.addUnit(line)
	}
}
