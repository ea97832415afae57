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

// maxNames bounds the number of names of a path, because the number of keys that can be
// made of them grows with its square.
const maxNames = 64

// Paths is a compiled set of paths. It is immutable and may be used by any
// number of goroutines, each with a [Scanner] of its own.
type Paths struct {
	count int // number of paths; node i is that of path i
	root  *level
	// levels holds for each node the keys that continue a path in an object at that node.
	// It is nil if no path continues there.
	levels []*level
	loose  bool // see Loose
	filter keyFilter
	// others lists the nodes whose values are also values of a path with a wildcard.
	others []otherNodes
}

// Compile compiles paths. [Scanner.Value] takes the index of a path. Compile returns an
// error if [CheckPath] does, or if a path is given twice. Every dot separates names, so "a..b"
// has an empty name in the middle, which matches an empty key. Compile also returns an error
// for two paths, such as "a.*.b.d" and "a.b.*.d", whose wildcards could match different names
// of the same keys.
func Compile(paths []string) (*Paths, error) {
	all := make([]bool, len(paths))
	for i := range all {
		all[i] = true
	}
	return CompileSome(paths, all)
}

// CompileSome compiles only the paths that are wanted. The others keep their indexes, and
// are found only where a wanted path leads through them. They may be repeated.
func CompileSome(paths []string, wanted []bool) (*Paths, error) {
	nodes, err := numberPaths(paths, wanted)
	if err != nil {
		return nil, err
	}
	spelled := slices.Clone(paths) // by node: its path from the root
	wanted = slices.Clone(wanted)
	for i, path := range paths {
		if !wanted[i] {
			continue
		}
		for prefix := range pathPrefixes(path) {
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
		for prefix := range pathPrefixes(path) {
			n := nodes[prefix]
			below[n] = append(below[n], edge{path[len(prefix)+1:], node})
		}
	}
	p := &Paths{count: len(paths), levels: make([]*level, len(spelled))}
	if err := p.addWildcards(spelled, wanted, below); err != nil {
		return nil, err
	}
	p.root = newLevel(top)
	for node, edges := range below {
		if len(edges) > 0 {
			p.levels[node] = newLevel(edges)
		}
	}
	p.linkWildcards()
	p.filter = newKeyFilter(append(p.levels, p.root))
	return p, nil
}

// numberPaths returns the nodes of paths. It returns an error if one of them is not valid.
func numberPaths(paths []string, wanted []bool) (map[string]int32, error) {
	nodes := make(map[string]int32, 2*len(paths))
	for i, path := range paths {
		other, found := nodes[path]
		if found && wanted[i] && wanted[other] {
			return nil, fmt.Errorf("path %q is given twice", path)
		}
		if wanted[i] {
			if err := CheckPath(path); err != nil {
				return nil, err
			}
		}
		if !found || wanted[i] {
			nodes[path] = int32(i)
		}
	}
	return nodes, nil
}

// CheckPath returns an error if a path is empty, has more than 64 names, or has wildcards
// other than one between two other names.
func CheckPath(path string) error {
	switch {
	case path == "":
		return errors.New("path is empty")
	case strings.Count(path, ".") >= maxNames:
		return fmt.Errorf("path %q has more than %d names", path, maxNames)
	}
	return checkWildcard(path)
}

// Loose returns the same paths for scans that ignore colons without a key and keys without
// a value. Other scans reject an event if they visit one; which ones they visit depends on
// the paths.
func (p *Paths) Loose() *Paths {
	loose := *p
	loose.loose = true
	return &loose
}

// Len returns the number of paths.
func (p *Paths) Len() int { return p.count }

// pathPrefixes yields the text before each dot of path.
func pathPrefixes(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == '.' && !yield(path[:i]) {
				return
			}
		}
	}
}

// level is the set of keys that matter in an object: all ways to continue a path from a
// node, with or without dots in the key. Most keys of an event are in no level, so
// rejecting a key must be fast. Most keys are rejected by their last three bytes, before
// their beginning is known. The others are looked up in a sparse hash table by their length
// and their last eight bytes.
type level struct {
	tails [tailBits / 64]uint64 // a Bloom filter of the last three bytes
	slots []slot                // their number is a power of two; linear probing
	shift uint8                 // of a hash, to get the index of a slot
	keys  [][]byte              // by slot
	empty int32                 // the node of the empty key
	edges []edge
	// wild leads to the nodes of wildcards, and firsts has a bit for each byte with which
	// their keys can begin.
	wild   []wildEdge
	firsts [4]uint64
	// wildSize is the least length of a key that findWild can find, without the name of
	// the wildcard.
	wildSize int
}

// slot is a key of a level and the node it leads to.
type slot struct {
	tail uint64 // the last eight bytes
	size uint32 // length of the key; 0 for a free slot
	node int32
}

// tailBits is the size of the Bloom filter of a level.
const tailBits = 1 << 12

// mayEnd reports whether the key whose closing quote is at event[colon-1] may be in the
// level. It checks the last three bytes of the key. If the key is shorter, they include the
// opening quote and bytes before it.
func (l *level) mayEnd(event []byte, colon int) bool {
	if colon < tailSize+1 {
		return true
	}
	at := hashTail(binary.LittleEndian.Uint32(event[colon-tailSize-1 : colon]))
	return l.tails[at>>6]>>(at&63)&1 != 0
}

// hashTail hashes the lowest three of the four bytes in a word.
func hashTail(bytes uint32) uint32 { return bytes << 8 * 0x9e3779b1 >> (32 - 12) }

// addTail adds the last bytes of a key to the Bloom filter.
func (l *level) addTail(key []byte) {
	add := func(third, second, last byte) {
		at := hashTail(uint32(third) | uint32(second)<<8 | uint32(last)<<16)
		l.tails[at>>6] |= 1 << (at & 63)
	}
	switch n := len(key); n {
	case 0: // any bytes may precede the opening quote
		for i := range l.tails {
			l.tails[i] = ^uint64(0)
		}
	case 1:
		for c := range 256 {
			add(byte(c), '"', key[0])
		}
	case 2:
		add('"', key[0], key[1])
	default:
		add(key[n-3], key[n-2], key[n-1])
	}
}

// edge is a key and the node it leads to.
type edge struct {
	key  string
	node int32
}

const wordSize = 8

// sparsity is the least number of slots per key. A lookup of a key that is in no level
// finds a used slot in one of sparsity cases.
const sparsity = 8

func newLevel(edges []edge) *level {
	size := max(2, bits.Len(uint(sparsity*len(edges))))
	l := &level{slots: make([]slot, 1<<size), keys: make([][]byte, 1<<size), shift: uint8(64 - size), empty: noNode, edges: edges, wildSize: math.MaxInt}
	for _, e := range edges {
		if at := wildcardIn(e.key); at >= 0 {
			l.addWildEdge(e, at)
			continue
		}
		key := []byte(e.key)
		l.addTail(key)
		if len(key) == 0 {
			l.empty = e.node
			continue
		}
		tail := tailOf(key)
		at := hashKey(tail, len(key)) >> l.shift
		for l.slots[at].size != 0 {
			at = (at + 1) & uint64(len(l.slots)-1)
		}
		l.slots[at], l.keys[at] = slot{tail, uint32(len(key)), e.node}, key
	}
	return l
}

// tailOf returns the last eight bytes of a key as a word, with the first of them in the
// lowest byte.
func tailOf(key []byte) uint64 {
	var last [wordSize]byte
	copy(last[:], key[max(0, len(key)-wordSize):])
	return binary.LittleEndian.Uint64(last[:])
}

// noNode is returned for a key that is on no path.
const noNode = -1

// findKey returns the node that the key text[start:end], which has no escapes, leads to,
// or noNode.
func (l *level) findKey(text []byte, start, end int) int32 {
	n := end - start
	if n == 0 {
		return l.empty
	}
	if end < wordSize {
		return l.findShort(text[start:end])
	}
	// The bytes before a short key are shifted out without a branch, because the length of
	// keys is unpredictable.
	over := wordSize - n
	over &^= over >> 63
	tail := binary.LittleEndian.Uint64(text[end-wordSize:end]) >> (8 * over & 63)
	last := uint64(len(l.slots) - 1)
	for at := hashKey(tail, n) >> (l.shift & 63); ; at++ {
		e := &l.slots[at&last]
		if e.tail == tail && e.size == uint32(n) && (n <= wordSize || hasKeyAt(text, start, l.keys[at&last])) {
			return e.node
		}
		if e.size == 0 {
			break
		}
	}
	if n < l.wildSize {
		return noNode
	}
	return l.findWildIn(text, start, end)
}

// findShort is findKey for a key that ends within the first eight bytes of the text, so
// that eight bytes before its end cannot be loaded.
func (l *level) findShort(key []byte) int32 {
	var copied [2 * wordSize]byte
	return l.findKey(copied[:], wordSize, wordSize+copy(copied[wordSize:], key))
}

// hasKeyAt reports whether the text at start equals the key. It does not compare the last
// eight bytes.
func hasKeyAt(text []byte, start int, key []byte) bool {
	for i := 0; i < len(key)-wordSize; i += wordSize {
		if binary.LittleEndian.Uint64(text[start+i:start+i+wordSize]) != binary.LittleEndian.Uint64(key[i:i+wordSize]) {
			return false
		}
	}
	return true
}

// hashKey hashes a key of n bytes by its last eight bytes.
func hashKey(tail uint64, n int) uint64 { return (tail + uint64(n)<<48) * 0x9e3779b97f4a7c15 }
