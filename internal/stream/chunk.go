package stream

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/kithsec/kith/internal/csvio"
)

// blockSize is the number of bytes read at a time. With 256 KiB, enriching cost 3 to 5 %
// more CPU time, because blocks change goroutines more often.
const blockSize = 512 << 10

// DefaultMaxLine is the default limit of the length of a line, in bytes.
const DefaultMaxLine = 16 << 20

// Position is a place in an input, in the unit in which its source counts: the bytes of
// a file, the records of a partition. The zero Position is the beginning.
type Position struct{ Offset int64 }

// Source is an input that is read in chunks.
type Source interface {
	// Next fills c with the units that have arrived. It blocks until there is at
	// least one, or an error: io.EOF at the end of the input, or the error of ctx.
	// It may return units together with an error. When ctx is done, Next returns
	// soon, even if the input blocks. Units that it has not returned by then remain
	// unread.
	Next(ctx context.Context, c *Chunk) error
	// Acknowledge informs the source that all units up to a position have been
	// processed and, if there is a [Committer], committed.
	Acknowledge(p Position)
}

// Chunk is a sequence of whole units of an input: lines with their line ends, or CSV
// records.
type Chunk struct {
	First    int64         // number of the first line, from 1
	Lines    int           // number of lines that the units span
	Data     []byte        // the units, one after another
	Ends     []int         // by unit: offset of its end in Data
	Starts   []int64       // by unit: number of its first line; empty if each unit is a line or a record
	Records  csvio.Records // the units as records, if they are CSV
	Size     int64         // bytes of the input, including those of dropped units
	Position Position      // after the last unit

	malformed []malformedUnit // in ascending order
	parts     []part          // in ascending order of the units
}

// part states that the event in a unit is only a part of it.
type part struct {
	unit     int
	from, to int // offsets in the unit
}

// malformedUnit is a unit that the source found malformed.
type malformedUnit struct {
	unit int // index in the chunk
	err  error
}

// addMalformed marks the unit that will be added next as malformed.
func (c *Chunk) addMalformed(err error) {
	c.malformed = append(c.malformed, malformedUnit{c.Len(), err})
}

// Malformed returns why the source found a unit malformed, and nil for other units.
func (c *Chunk) Malformed(unit int) error {
	if len(c.malformed) == 0 {
		return nil
	}
	i, found := slices.BinarySearchFunc(c.malformed, unit, func(m malformedUnit, unit int) int { return cmp.Compare(m.unit, unit) })
	if !found {
		return nil
	}
	return c.malformed[i].err
}

// Bad is a unit that cannot be processed.
type Bad struct {
	Unit int // index in the block
	Out  int // length of the block's output before the unit
	Err  error
}

func (c *Chunk) reset(first int64) {
	c.First, c.Lines, c.Size = first, 0, 0
	c.Data, c.Ends, c.Starts, c.malformed = c.Data[:0], c.Ends[:0], c.Starts[:0], c.malformed[:0]
	c.parts = c.parts[:0]
}

// Len returns the number of units.
func (c *Chunk) Len() int { return len(c.Ends) }

// Unit returns a unit with its line end. It is empty if the unit was dropped because it
// was longer than the limit.
func (c *Chunk) Unit(i int) []byte {
	from := 0
	if i > 0 {
		from = c.Ends[i-1]
	}
	return c.Data[from:c.Ends[i]:c.Ends[i]]
}

// Event returns the event in a unit: the unit, or the part of it that Around leaves.
func (c *Chunk) Event(i int) []byte {
	event := c.Unit(i)
	if !c.HasParts() {
		return event
	}
	if p, found := c.partOf(i); found {
		return event[p.from:p.to:p.to]
	}
	return event
}

// Around returns what is before and after the event in a unit: with Arrays.Keep, parts of the
// object and the array around the event, otherwise nothing. The units of the array follow each
// other, and all together are one line. isPart reports whether the unit is one of them.
func (c *Chunk) Around(i int) (before, after []byte, isPart bool) {
	p, isPart := c.partOf(i)
	if !isPart {
		return nil, nil, false
	}
	unit := c.Unit(i)
	return unit[:p.from], unit[p.to:], true
}

// HasParts reports whether Around finds anything around the event of any unit.
func (c *Chunk) HasParts() bool { return len(c.parts) > 0 }

// partOf returns the part of a unit that is the event, if it is only a part.
func (c *Chunk) partOf(unit int) (p part, found bool) {
	i, found := slices.BinarySearchFunc(c.parts, unit, func(p part, unit int) int { return cmp.Compare(p.unit, unit) })
	if found {
		p = c.parts[i]
	}
	return p, found
}

// AppendUnits appends all units to dst. They share the memory of the chunk.
func (c *Chunk) AppendUnits(dst [][]byte) [][]byte {
	from := 0
	for _, end := range c.Ends {
		dst = append(dst, c.Data[from:end:end])
		from = end
	}
	return dst
}

// Line returns the number of the line on which a unit begins.
func (c *Chunk) Line(i int) int64 {
	if len(c.Starts) > 0 {
		return c.Starts[i]
	}
	if c.Records.Len() > 0 {
		return int64(c.Records.At(i).Line())
	}
	return c.First + int64(i)
}

// cutLines cuts Data into lines. A line that is longer than maxLine, not counting its
// line feed, becomes an empty unit.
func (c *Chunk) cutLines(maxLine int) {
	from, to := 0, 0 // the lines kept so far end at to
	for from < len(c.Data) {
		end := len(c.Data)
		length := end - from
		if i := bytes.IndexByte(c.Data[from:], '\n'); i >= 0 {
			end, length = from+i+1, i
		}
		if length <= maxLine {
			if from > to {
				copy(c.Data[to:], c.Data[from:end])
			}
			to += end - from
		}
		c.Ends = append(c.Ends, to)
		from = end
	}
	c.Data = c.Data[:to]
	c.Lines = len(c.Ends)
}

// Block is a chunk in flight, with the output and the results of the stages.
type Block[R any] struct {
	Chunk
	Out     []byte // output of the stages for the units
	Bad     []Bad  // units that cannot be processed
	Results R      // of the stages; reused for later blocks without being cleared
	Commit  CommitTime

	ready chan struct{} // receives when a parallel stage is done with the block
	err   error         // of the stage that failed
}

// AddBad marks a unit as bad. Out must contain the output of exactly the units before
// it.
func (b *Block[R]) AddBad(unit int, err error) {
	b.Bad = append(b.Bad, Bad{Unit: unit, Out: len(b.Out), Err: err})
}

// EachBad calls f for every bad unit in order, with its line number and its bytes, which
// are nil if the unit was dropped because of its length. If f returns an error, EachBad
// stops, truncates Out to the output of the units before, and returns the error.
func (b *Block[R]) EachBad(f func(line int64, unit []byte, err error) error) error {
	if len(b.Bad) > 1 {
		slices.SortStableFunc(b.Bad, func(x, y Bad) int { return cmp.Compare(x.Unit, y.Unit) })
	}
	for _, bad := range b.Bad {
		unit := b.Event(bad.Unit)
		if len(unit) == 0 {
			unit = nil
		}
		if err := f(b.Line(bad.Unit), unit, bad.Err); err != nil {
			b.Out = b.Out[:bad.Out]
			return err
		}
	}
	return nil
}
