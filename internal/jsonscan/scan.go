package jsonscan

import (
	"iter"
	"math"
	"math/bits"
)

// Scanner holds what a scan found and the memory it needs, which is kept for
// the next one: half the bytes of the longest event, up to a limit. The zero
// Scanner is ready. It is for one goroutine at a time and may be used with
// several Paths in turn.
type Scanner struct {
	paths *Paths
	root  Value
	hits  hits

	blocks  []block
	slashes bool     // whether the event has a backslash anywhere
	open    []open   // objects that a path leads through, outermost first
	spill   []uint64 // kinds of open brackets beyond the innermost 64
	key     []byte   // a key with its escapes resolved
}

// open is an object that the walk is inside of.
type open struct {
	level *level
	hit   int32
}

// What a Scanner keeps between events, beyond which it gives memory back.
const (
	keepBlocks = 1 << 20 / blockSize
	keepSpill  = 1 << 12
	keepKey    = 1 << 16
)

// Scan finds the values of all paths in event, which it neither changes nor
// keeps. What was found is in s until the next scan. The error is an [*Error];
// after it s holds nothing.
func (p *Paths) Scan(event []byte, s *Scanner) error {
	s.reset(p)
	if len(event) > math.MaxInt32 {
		return fail(0, tooLong)
	}
	start := skipSpace(event, afterMark(event))
	if start == len(event) || event[start] != '{' {
		return fail(start, noObject)
	}
	if !s.sift(event, &p.sieve) {
		return fail(len(event), openString)
	}
	if err := s.walk(event, start); err != nil {
		s.hits.reset(len(p.levels))
		return err
	}
	s.hits.resolve()
	return nil
}

// Value returns the value of the path with the given index.
func (s *Scanner) Value(path int) Value { return s.hits.value(path) }

// Found returns the paths that the event has, by their index, ascending, with
// their values.
func (s *Scanner) Found() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		for node := range s.hits.nodes() {
			if node >= s.paths.count || !yield(node, s.hits.value(node)) {
				return
			}
		}
	}
}

// Present returns the paths that the event has as a set of bits, path i being
// bit i%64 of word i/64, until the next scan. Bits beyond those of the paths mean
// nothing.
func (s *Scanner) Present() []uint64 { return s.hits.found[:(s.paths.count+63)/64] }

// Root returns the object that the event is.
func (s *Scanner) Root() Value { return s.root }

// Brace returns the offset of the closing brace of the event: new members go
// before it.
func (s *Scanner) Brace() int { return int(s.root.End) - 1 }

func (s *Scanner) reset(p *Paths) {
	s.paths = p
	s.root = Value{}
	s.hits.reset(len(p.levels))
	s.open = s.open[:0]
	if cap(s.blocks) > keepBlocks {
		s.blocks = nil
	}
	if cap(s.spill) > keepSpill {
		s.spill = nil
	}
	if cap(s.key) > keepKey {
		s.key = nil
	}
}

// walk goes from mark to mark of the object that opens at event[start].
func (s *Scanner) walk(event []byte, start int) error {
	here := open{level: s.paths.root, hit: none}
	blocks := s.blocks
	k := start >> blockBits
	marks := blocks[k].marks & after(start)
	for {
		for marks == 0 {
			if k++; k >= len(blocks) {
				return fail(len(event), openBracket)
			}
			marks = blocks[k].marks
		}
		at := k<<blockBits + lowest(marks)
		marks &= marks - 1
		switch event[at] {
		case ':':
			node := int32(none)
			if blocks[k].plain>>(at&63)&1 == 0 {
				node = s.match(event, at, here.level)
			} else if allPass && !here.level.mayEnd(event, at) {
				continue
			} else {
				node = here.level.find(event, s.openingQuote(at-1)+1, at-1)
			}
			if node == none {
				continue
			}
			if next := at + 1; node != stray && next < len(event) {
				if c := event[next]; c == '"' {
					end := s.closingQuote(next)
					s.hits.add(node, here.hit, Value{uint32(next), uint32(end + 1), String, s.slashes && s.escaped(next, end)})
					continue
				} else if level := s.paths.levels[node]; c == '{' && level != nil {
					hit := s.hits.add(node, here.hit, Value{Start: uint32(next), Kind: Object})
					s.open = append(s.open, here)
					here = open{level, hit}
					k = next >> blockBits
					marks = blocks[k].marks & after(next)
					continue
				}
			}
			end, inner, err := s.member(event, at, node, here.hit)
			if err != nil {
				return err
			}
			if inner.level != nil {
				s.open = append(s.open, here)
				here = inner
			}
			k = end >> blockBits
			marks = blocks[k].marks & after(end)
		case '{', '[':
			// Most have no other bracket inside, and end nearby.
			if later := blocks[k].brackets & after(at); later != 0 {
				if end := k<<blockBits + lowest(later); event[end] == event[at]+2 {
					marks &= after(end)
					continue
				}
			}
			end, err := s.skip(event, at)
			if err != nil {
				return err
			}
			k = end >> blockBits
			marks = blocks[k].marks & after(end)
		case '}':
			if len(s.open) == 0 {
				return s.finish(event, start, at)
			}
			s.hits.all[here.hit].value.End = uint32(at + 1)
			here = s.open[len(s.open)-1]
			s.open = s.open[:len(s.open)-1]
		case ']':
			return fail(at, wrongBracket)
		default:
			return fail(at, strayByte)
		}
	}
}

// member notes the member of the object of the hit parent whose key ends before
// the colon at event[colon] and leads to node. It returns the last mark that it
// has taken: the colon, the bracket that opens the value, if a path leads into
// that, with what is inside of it, or the bracket that closes it.
func (s *Scanner) member(event []byte, colon int, node, parent int32) (end int, inner open, err error) {
	if node == stray {
		return colon, inner, s.strict(fail(colon, noKey))
	}
	v, err := s.read(event, colon+1)
	if err != nil {
		return colon, inner, s.strict(err)
	}
	hit := s.hits.add(node, parent, v)
	if v.Kind < Array {
		return colon, inner, nil
	}
	end = int(v.Start)
	if level := s.paths.levels[node]; v.Kind == Object && level != nil {
		return end, open{level: level, hit: hit}, nil
	}
	if end, err = s.skip(event, end); err == nil {
		s.hits.all[hit].value.End = uint32(end + 1)
	}
	return end, inner, err
}

// strict returns an error that loose paths overlook.
func (s *Scanner) strict(err error) error {
	if s.paths.loose {
		return nil
	}
	return err
}

// finish notes where the event lies, if nothing follows its brace.
func (s *Scanner) finish(event []byte, start, brace int) error {
	if end := skipSpace(event, brace+1); end < len(event) {
		return fail(end, textAfter)
	}
	s.root = Value{Start: uint32(start), End: uint32(brace + 1), Kind: Object}
	return nil
}

// stray is the node of a colon that has no key.
const stray = -2

// match returns the node that the key before the colon at event[colon] leads
// to, or none, or stray. Keys that are plain need less: see walk.
func (s *Scanner) match(event []byte, colon int, l *level) int32 {
	end := colon - 1
	for isSpace(event[end]) {
		end--
	}
	if s.blocks[end>>blockBits].quotes>>(end&63)&1 == 0 {
		return stray
	}
	start := s.openingQuote(end) + 1
	if s.slashes && s.escaped(start, end) {
		s.key = AppendUnquoted(s.key[:0], event[start:end])
		return l.find(s.key, 0, len(s.key))
	}
	return l.find(event, start, end)
}

// openingQuote returns the offset of the quote that opens the string closed at
// event[end], which is there.
func (s *Scanner) openingQuote(end int) int {
	k := end >> blockBits
	quotes := s.blocks[k].quotes & before(end)
	for quotes == 0 {
		k--
		quotes = s.blocks[k].quotes
	}
	return k<<blockBits + bits.Len64(quotes) - 1
}

// escaped reports whether there is a backslash in event[from:to].
func (s *Scanner) escaped(from, to int) bool {
	k, last := from>>blockBits, to>>blockBits
	if k == last {
		return s.blocks[k].slashes&before(to)&^before(from) != 0
	}
	if s.blocks[k].slashes&^before(from) != 0 || s.blocks[last].slashes&before(to) != 0 {
		return true
	}
	for k++; k < last; k++ {
		if s.blocks[k].slashes != 0 {
			return true
		}
	}
	return false
}

// read returns the value that begins at event[at] or after white space. The
// end of an object or array is not yet known.
func (s *Scanner) read(event []byte, at int) (Value, error) {
	at = skipSpace(event, at)
	v := Value{Start: uint32(at)}
	if at == len(event) {
		return v, fail(at, openBracket)
	}
	switch event[at] {
	case '"':
		end := s.closingQuote(at)
		v = Value{uint32(at), uint32(end + 1), String, s.slashes && s.escaped(at, end)}
	case '{':
		v.Kind = Object
	case '[':
		v.Kind = Array
	default:
		if v.Kind, v.End = scalar(event, at); v.Kind == Absent {
			return v, fail(at, noValue)
		}
	}
	return v, nil
}

// closingQuote returns the offset of the quote that closes the string opened
// at event[at]. There is one, because classify saw all strings closed.
func (s *Scanner) closingQuote(at int) int {
	k := at >> blockBits
	quotes := s.blocks[k].quotes & after(at)
	for quotes == 0 {
		k++
		quotes = s.blocks[k].quotes
	}
	return k<<blockBits + lowest(quotes)
}

// skip returns the offset of the bracket that closes the one at event[from].
func (s *Scanner) skip(event []byte, from int) (int, error) {
	at := s.nextBracket(from)
	switch {
	case at >= len(event):
		return 0, fail(len(event), openBracket)
	case event[at] == event[from]+2: // most have no other bracket inside
		return at, nil
	}
	return s.skipNested(event, at, event[from])
}

// nextBracket returns the offset of the first bracket after event[at], or one
// beyond the event.
func (s *Scanner) nextBracket(at int) int {
	k := at >> blockBits
	brackets := s.blocks[k].brackets & after(at)
	for brackets == 0 {
		if k++; k == len(s.blocks) {
			return k << blockBits
		}
		brackets = s.blocks[k].brackets
	}
	return k<<blockBits + lowest(brackets)
}

// skipNested is skip for any depth, from the first bracket behind the one that
// opened. The kinds of the brackets open are a stack of bits: the innermost 64 in
// a word, the others spilled.
func (s *Scanner) skipNested(event []byte, from int, opened byte) (int, error) {
	k := from >> blockBits
	brackets := s.blocks[k].brackets &^ before(from)
	kinds := uint64(opened >> 5 & 1) // the lowest bit is the innermost bracket, 1 for a brace
	depth := 1
	s.spill = s.spill[:0]
	for {
		for brackets == 0 {
			if k++; k == len(s.blocks) {
				return 0, fail(len(event), openBracket)
			}
			brackets = s.blocks[k].brackets
		}
		at := k<<blockBits + lowest(brackets)
		brackets &= brackets - 1
		switch c := event[at]; c {
		case '{', '[':
			if depth++; depth&63 == 0 {
				s.spill = append(s.spill, kinds)
			}
			kinds = kinds<<1 | uint64(c>>5&1)
		case '}', ']':
			if kinds&1 != uint64(c>>5&1) {
				return 0, fail(at, wrongBracket)
			}
			kinds >>= 1
			if depth--; depth&63 == 63 {
				kinds = s.spill[len(s.spill)-1]
				s.spill = s.spill[:len(s.spill)-1]
			}
			if depth == 0 {
				return at, nil
			}
		default:
			return 0, fail(at, strayByte)
		}
	}
}

// afterMark returns the offset after a UTF-8 byte order mark, if there is one.
func afterMark(event []byte) int {
	if len(event) >= 3 && event[0] == 0xef && event[1] == 0xbb && event[2] == 0xbf {
		return 3
	}
	return 0
}
