package jsonscan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Wildcard is a name in a path that matches any one name.
const Wildcard = "*"

// checkWildcard returns an error unless a path has at most one wildcard, between two other
// names.
func checkWildcard(path string) error {
	at := wildcardIn(path)
	switch {
	case at < 0:
		return nil
	case at == 0:
		return fmt.Errorf("path %q begins with a wildcard: put a name before it", path)
	case at+len(Wildcard) == len(path):
		return fmt.Errorf("path %q ends with a wildcard: put a name after it", path)
	case wildcardIn(path[at+len(Wildcard)+1:]) >= 0:
		return fmt.Errorf("path %q has more than one wildcard: replace all but one by names", path)
	}
	return nil
}

// wildcardIn returns the offset of the first wildcard in a path, or -1.
func wildcardIn(path string) int {
	for from := 0; ; {
		name, _, more := strings.Cut(path[from:], ".")
		if name == Wildcard {
			return from
		}
		if !more {
			return -1
		}
		from += len(name) + 1
	}
}

// CutWildcard cuts a path around its first wildcard and the dot after it. Without a wildcard
// it returns the path and false.
func CutWildcard(path string) (before, after string, found bool) {
	at := wildcardIn(path)
	if at < 0 {
		return path, "", false
	}
	return path[:at], strings.TrimPrefix(path[at+len(Wildcard):], "."), true
}

// endsWithWildcard reports whether the last name of a key is a wildcard.
func endsWithWildcard(key string) bool {
	return key == Wildcard || strings.HasSuffix(key, "."+Wildcard)
}

// wildEdge leads from a level to the node of a wildcard. The path "a.*" has two such edges,
// one from the level of the event and one from that of a. A key follows the edge if it is the
// text before, and then a single name.
type wildEdge struct {
	before string // "", or names that end with a dot
	node   int32
	level  *level // below the node
}

// addWildEdge adds an edge whose key has a wildcard at an offset. The edges of longer keys
// are found in the level below the wildcard, so only their last bytes are added.
func (l *level) addWildEdge(e edge, at int) {
	rest := e.key[at+len(Wildcard):]
	if rest != "" {
		l.wildSize = min(l.wildSize, at+len(rest))
	}
	switch len(rest) {
	case 0:
		l.wild = append(l.wild, wildEdge{before: e.key[:at], node: e.node})
		if at == 0 {
			l.firsts = [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
		} else {
			l.firsts[e.key[0]>>6] |= 1 << (e.key[0] & 63)
		}
	case 1: // a dot and an empty name: any bytes may precede them
		l.addTail(nil)
	case 2:
		for c := range 256 {
			l.addTail([]byte{byte(c), rest[0], rest[1]})
		}
		l.addTail([]byte(rest))
	default:
		l.addTail([]byte(rest))
	}
}

// linkWildcards sets the levels below wildcards.
func (p *Paths) linkWildcards() {
	for _, l := range append(slices.Clone(p.levels), p.root) {
		if l == nil {
			continue
		}
		for i := range l.wild {
			l.wild[i].level = p.levels[l.wild[i].node]
		}
	}
}

// findWildIn is findWild for the key text[start:end]. It rejects most keys by their first byte.
func (l *level) findWildIn(text []byte, start, end int) int32 {
	if c := text[start]; l.firsts[c>>6]>>(c&63)&1 == 0 {
		return noNode
	}
	return l.findWild(text[start:end])
}

// findWild returns the node of a key of which a wildcard matches a name and other names
// follow it, or noNode.
func (l *level) findWild(key []byte) int32 {
	for i := range l.wild {
		w := &l.wild[i]
		if !hasPrefix(key, w.before) {
			continue
		}
		rest := key[len(w.before):]
		if dot := bytes.IndexByte(rest, '.'); dot >= 0 {
			rest = rest[dot+1:]
			if node := w.level.findKey(rest, 0, len(rest)); node != noNode {
				return node
			}
		}
	}
	return noNode
}

// findWildcard returns the edge of a key whose last name a wildcard matches, or nil.
func (l *level) findWildcard(key []byte) *wildEdge {
	for i := range l.wild {
		w := &l.wild[i]
		if hasPrefix(key, w.before) && bytes.IndexByte(key[len(w.before):], '.') < 0 {
			return w
		}
	}
	return nil
}

// hasPrefix reports whether a key begins with a text.
func hasPrefix(key []byte, prefix string) bool {
	if len(prefix) == 0 {
		return true
	}
	return len(key) >= len(prefix) && key[0] == prefix[0] && string(key[:len(prefix)]) == prefix
}

// otherNodes lists nodes of paths that are special cases of a path with a wildcard: "a.b.c"
// of "a.*.c". A key leads to one node only, so a value at such a node is found there.
type otherNodes struct {
	path  int32 // the path with the wildcard
	nodes []int32
}

// addWildcards makes the paths below a wildcard reachable from the nodes of the names that
// it matches and that are in other paths. It returns an error if two wildcards could match
// different names of the same keys.
func (p *Paths) addWildcards(spelled []string, wanted []bool, below [][]edge) error {
	at := make([]int, len(spelled)) // offsets of wildcards
	var wild []int
	for node, path := range spelled {
		if at[node] = wildcardIn(path); wanted[node] && at[node] >= 0 {
			wild = append(wild, node)
		}
	}
	under := make(map[string][]int) // the nodes below the names before a wildcard
	for _, w := range wild {
		before := spelled[w][:at[w]]
		if _, known := under[before]; known {
			continue
		}
		under[before] = nil
		for node, path := range spelled {
			// Two paths with wildcards at the same place match the same keys only if they are equal.
			if wanted[node] && at[node] != len(before) && strings.HasPrefix(path, before) {
				under[before] = append(under[before], node)
			}
		}
	}
	for _, w := range wild {
		var others []int32
		for _, node := range under[spelled[w][:at[w]]] {
			if !matchesWildcard(spelled[w], spelled[node]) {
				continue
			}
			if at[node] >= 0 {
				return fmt.Errorf("paths %q and %q have wildcards that match the same keys: use the same position in both", spelled[w], spelled[node])
			}
			others = append(others, int32(node))
			below[node] = addMissing(below[node], below[w])
		}
		if w < p.count && others != nil {
			p.others = append(p.others, otherNodes{int32(w), others})
		}
	}
	return nil
}

// matchesWildcard reports whether the names of a path are those of pattern, which has a
// wildcard, or are matched by it. A wildcard of path matches any name of the pattern.
func matchesWildcard(pattern, path string) bool {
	for {
		p, patternRest, patternMore := strings.Cut(pattern, ".")
		n, rest, more := strings.Cut(path, ".")
		if p != n && p != Wildcard && n != Wildcard || patternMore != more {
			return false
		}
		if !more {
			return true
		}
		pattern, path = patternRest, rest
	}
}

// addMissing appends the edges whose keys edges does not have.
func addMissing(edges, others []edge) []edge {
	for _, other := range others {
		if !slices.ContainsFunc(edges, func(e edge) bool { return e.key == other.key }) {
			edges = append(edges, other)
		}
	}
	return edges
}

// enterWildcard enters the object that begins at event[at] in the object here, if a wildcard
// matches its key.
func (s *Scanner) enterWildcard(event []byte, at int, here openObject) (inner openObject, entered bool) {
	colon := at - 1
	for isSpace(event[colon]) {
		colon--
	}
	if event[colon] != ':' {
		return inner, false
	}
	key, ok := s.keyBefore(event, colon)
	if !ok {
		return inner, false
	}
	w := here.level.findWildcard(key)
	if w == nil {
		return inner, false
	}
	hit := s.hits.joinHit(w.node, here.hit, Value{Start: uint32(at), Kind: Object})
	return openObject{w.level, hit}, true
}

// joinHit is addHit for the node of a wildcard. The members that a wildcard matches are read
// as one object, so the hits in one object are one hit.
func (h *hits) joinHit(node, parent int32, v Value) int32 {
	if !h.wasHit(node) {
		return h.addHit(node, parent, v)
	}
	if !h.repeated {
		if h.all[node].parent == parent {
			return node
		}
		return h.addHit(node, parent, v)
	}
	for i := h.latest[node] - 1; i >= 0; i = h.all[i].older - 1 {
		if h.all[i].parent == parent && h.isLive(i) {
			return i
		}
	}
	return h.addHit(node, parent, v)
}

// addOthers gives each path with a wildcard the value of a path that is a special case of it,
// if that value begins later.
func (h *hits) addOthers(others []otherNodes) {
	for _, o := range others {
		for _, node := range o.nodes {
			if v := h.value(int(node)); v.Found() && v.Start >= h.value(int(o.path)).Start {
				h.setHit(o.path, v)
			}
		}
	}
}

// setHit makes v the value of a node. keepLatest must have been called.
func (h *hits) setHit(node int32, v Value) {
	i := node
	switch {
	case !h.repeated:
	case h.wasHit(node):
		i = h.latest[node] - 1
	default:
		i, _ = h.reuseHit()
		h.latest[node] = i + 1
	}
	h.found[node/64] |= 1 << (node % 64)
	h.all[i].value = v
}
