package jsonscan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// maxNames bounds the names of one path: the places where it may be cut into
// keys grow with the square.
const maxNames = 64

// Paths is a compiled set of paths. It is immutable and may be used by any
// number of goroutines, each with a [Scanner] of its own.
type Paths struct {
	count int // paths; nodes 0 to count-1 are theirs, in their order
	root  *level
	// levels holds what may follow each node inside of an object, nil if no
	// path goes on.
	levels []*level
	loose  bool // overlook what Loose says
	sieve  sieve
}

// Compile compiles paths. The index of a path is what [Scanner.Value] asks
// for. A path that is empty, given twice, or of more than 64 names is an error.
// Every dot separates names, so "a..b" has an empty name in the middle, which
// matches an empty key.
func Compile(paths []string) (*Paths, error) {
	all := make([]bool, len(paths))
	for i := range all {
		all[i] = true
	}
	return CompileSome(paths, all)
}

// CompileSome is Compile for those paths that are wanted. The others keep their
// indices, and are found only where a path that is wanted leads through them.
func CompileSome(paths []string, wanted []bool) (*Paths, error) {
	nodes := make(map[string]int32, 2*len(paths))
	for i, path := range paths {
		switch _, found := nodes[path]; {
		case path == "":
			return nil, errors.New("path is empty")
		case found:
			return nil, fmt.Errorf("path %q is given twice", path)
		case strings.Count(path, ".") >= maxNames:
			return nil, fmt.Errorf("path %q has more than %d names", path, maxNames)
		}
		nodes[path] = int32(i)
	}
	spelled := slices.Clone(paths) // node → path from the root
	wanted = slices.Clone(wanted)
	for i, path := range paths {
		if !wanted[i] {
			continue
		}
		for prefix := range prefixes(path) {
			if node, found := nodes[prefix]; found {
				wanted[node] = true
				continue
			}
			nodes[prefix] = int32(len(spelled))
			spelled, wanted = append(spelled, prefix), append(wanted, true)
		}
	}
	if len(spelled) > math.MaxUint16 {
		return nil, fmt.Errorf("%d paths and objects on the way to them are too many", len(spelled))
	}
	var top []edge
	below := make([][]edge, len(spelled))
	for i, path := range spelled {
		if !wanted[i] {
			continue
		}
		node := int32(i)
		top = append(top, edge{path, node})
		for prefix := range prefixes(path) {
			n := nodes[prefix]
			below[n] = append(below[n], edge{path[len(prefix)+1:], node})
		}
	}
	p := &Paths{count: len(paths), root: newLevel(top), levels: make([]*level, len(spelled))}
	for node, edges := range below {
		if len(edges) > 0 {
			p.levels[node] = newLevel(edges)
		}
	}
	p.sieve = newSieve(append(p.levels, p.root))
	return p, nil
}

// Loose returns the same paths, for scans to which a colon without a key and a
// key without a value are as if they were not there, instead of errors. Which of
// them other scans refuse depends on the paths: they look at no others.
func (p *Paths) Loose() *Paths {
	loose := *p
	loose.loose = true
	return &loose
}

// Len returns the number of paths.
func (p *Paths) Len() int { return p.count }

// prefixes returns what stands before each dot of path.
func prefixes(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == '.' && !yield(path[:i]) {
				return
			}
		}
	}
}

// level is the set of keys that matter in an object: all ways to go on from a
// node, with dots in the key or without. Most keys of an event are in no level,
// so that is what must be decided quickly. Most are recognised by three of their
// last bytes alone, before it is known where they begin; the others are hashed by
// their length and their last eight bytes into a table that is nearly empty.
type level struct {
	tails [tailBits / 64]uint64 // a bit for every three of the last bytes, folded
	slots []slot                // a power of two; linear probing
	shift uint8                 // from hash to slot
	keys  [][]byte              // of the slots
	empty int32                 // the node of the key without a byte
	edges []edge
}

// slot is a key of a level and the node it leads to.
type slot struct {
	tail uint64 // the last eight bytes
	size uint32 // of the key; 0 if there is none
	node int32
}

const tailBits = 1 << 12

// mayEnd reports whether a key that ends right before event[colon] may be in the
// level: by its bytes that the sieve looks at, too, the opening quote and what is
// before it counting as bytes of a key that is shorter.
func (l *level) mayEnd(event []byte, colon int) bool {
	if colon < tail+1 {
		return true
	}
	at := foldTail(binary.LittleEndian.Uint32(event[colon-tail-1 : colon-1]))
	return l.tails[at>>6]>>(at&63)&1 != 0
}

// foldTail hashes four bytes without the second.
func foldTail(bytes uint32) uint32 { return (bytes &^ 0xff00) * 0x9e3779b1 >> (32 - 12) }

func (l *level) addTail(key []byte) {
	set := func(fourth, second, last byte) {
		at := foldTail(uint32(fourth) | uint32(second)<<16 | uint32(last)<<24)
		l.tails[at>>6] |= 1 << (at & 63)
	}
	any := func(second, last byte) {
		for c := range 256 {
			set(byte(c), second, last)
		}
	}
	switch n := len(key); n {
	case 0: // anything may stand before the opening quote
		for i := range l.tails {
			l.tails[i] = ^uint64(0)
		}
	case 1:
		any('"', key[0])
	case 2:
		any(key[0], key[1])
	case 3:
		set('"', key[1], key[2])
	default:
		set(key[n-4], key[n-2], key[n-1])
	}
}

// edge is a key and the node it leads to.
type edge struct {
	key  string
	node int32
}

const wordSize = 8

// sparsity is how many slots there are for a key, at least: a foreign key meets
// a filled one once in so many times.
const sparsity = 8

func newLevel(edges []edge) *level {
	size := max(2, bits.Len(uint(sparsity*len(edges))))
	l := &level{slots: make([]slot, 1<<size), keys: make([][]byte, 1<<size), shift: uint8(64 - size), empty: none, edges: edges}
	for _, e := range edges {
		key := []byte(e.key)
		l.addTail(key)
		if len(key) == 0 {
			l.empty = e.node
			continue
		}
		tail := tailOf(key)
		at := hash(tail, len(key)) >> l.shift
		for l.slots[at].size != 0 {
			at = (at + 1) & uint64(len(l.slots)-1)
		}
		l.slots[at], l.keys[at] = slot{tail, uint32(len(key)), e.node}, key
	}
	return l
}

// tailOf returns the last eight bytes of a key, the first of them the lowest.
func tailOf(key []byte) uint64 {
	var last [wordSize]byte
	copy(last[:], key[max(0, len(key)-wordSize):])
	return binary.LittleEndian.Uint64(last[:])
}

// none is the node of a key that no path has.
const none = -1

// find returns the node that the key text[start:end], which has no escapes,
// leads to, or none.
func (l *level) find(text []byte, start, end int) int32 {
	n := end - start
	if n == 0 {
		return l.empty
	}
	if end < wordSize {
		return l.findFirst(text[start:end])
	}
	// How long keys are is not to be predicted: what is not theirs is shifted out.
	over := wordSize - n
	over &^= over >> 63
	tail := binary.LittleEndian.Uint64(text[end-wordSize:end]) >> (8 * over & 63)
	last := uint64(len(l.slots) - 1)
	for at := hash(tail, n) >> (l.shift & 63); ; at++ {
		e := &l.slots[at&last]
		if e.tail == tail && e.size == uint32(n) && (n <= wordSize || begins(text, start, l.keys[at&last])) {
			return e.node
		}
		if e.size == 0 {
			return none
		}
	}
}

// findFirst is find for a key that has not enough before it to be read in words.
func (l *level) findFirst(key []byte) int32 {
	var copied [2 * wordSize]byte
	return l.find(copied[:], wordSize, wordSize+copy(copied[wordSize:], key))
}

// begins reports whether the text at start begins like the key, up to its last
// eight bytes.
func begins(text []byte, start int, key []byte) bool {
	for i := 0; i < len(key)-wordSize; i += wordSize {
		if binary.LittleEndian.Uint64(text[start+i:start+i+wordSize]) != binary.LittleEndian.Uint64(key[i:i+wordSize]) {
			return false
		}
	}
	return true
}

// hash hashes a key of n bytes by the last eight of them.
func hash(tail uint64, n int) uint64 { return (tail + uint64(n)<<48) * 0x9e3779b97f4a7c15 }
