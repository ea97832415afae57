package yamlfile

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"github.com/kithsec/kith/internal/problem"
)

// resolveAlias follows anchors and aliases to the node itself. It returns nil for an
// alias without an anchor.
func (f *File) resolveAlias(n ast.Node) ast.Node {
	for {
		switch m := n.(type) {
		case *ast.AnchorNode:
			n = m.Value
		case *ast.AliasNode:
			target, ok := f.aliases[m]
			if !ok {
				return nil
			}
			n = target
		default:
			return n
		}
	}
}

// aliasName returns the name in an alias for which resolveAlias returned nil, also if
// the alias is the value of an anchor.
func aliasName(n ast.Node) string {
	for {
		switch m := n.(type) {
		case *ast.AnchorNode:
			n = m.Value
		case *ast.AliasNode:
			return strings.TrimSpace(m.Value.GetToken().Value)
		default:
			return ""
		}
	}
}

// pair is one key of a mapping with its value.
type pair struct {
	key   string
	at    *token.Position
	value ast.Node
}

// pairsOf returns the pairs of a mapping in the order of the file, and separately those
// that merge keys ("<<: *base") add. It reports whether n is a mapping.
func (f *File) pairsOf(n ast.Node) (own, merged []pair, ok bool) {
	m, ok := f.resolveAlias(n).(ast.MapNode)
	if !ok {
		return nil, nil, false
	}
	for iter := m.MapRange(); iter.Next(); {
		key := iter.Key()
		if key.IsMergeKey() {
			merged = append(merged, f.mergedPairs(iter.Value())...)
			continue
		}
		own = append(own, pair{keyText(key), startOf(key), iter.Value()})
	}
	return own, merged, true
}

func (f *File) mergedPairs(n ast.Node) []pair {
	if list, ok := f.resolveAlias(n).(*ast.SequenceNode); ok {
		var all []pair
		for _, v := range list.Values {
			all = append(all, f.mergedPairs(v)...)
		}
		return all
	}
	own, merged, _ := f.pairsOf(n)
	return append(own, merged...)
}

func keyText(n ast.MapKeyNode) string {
	if s, ok := n.(*ast.StringNode); ok {
		return s.Value
	}
	return strings.TrimSpace(n.GetToken().Value)
}

// startOf returns the position at which n begins for a reader. For mappings, the token
// of the node is a colon or an indentation instead.
func startOf(n ast.Node) *token.Position {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return startOf(m.Values[0])
		}
		return m.Start.Position
	case *ast.MappingValueNode:
		return startOf(m.Key)
	case *ast.LiteralNode:
		return m.Start.Position
	}
	return n.GetToken().Position
}

// scalarText returns a scalar as written, without its quotes, and reports whether n is
// a scalar.
func scalarText(n ast.Node) (string, bool) {
	switch m := n.(type) {
	case *ast.StringNode:
		return m.Value, true
	case *ast.LiteralNode:
		return m.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return strings.TrimSpace(m.GetToken().Value), true
	}
	return "", false
}

// describeNode describes n in a message about a value of the wrong type.
func describeNode(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case ast.MapNode:
		return "a mapping"
	case *ast.NullNode:
		return "null"
	}
	if s, ok := scalarText(n); ok {
		return strconv.Quote(s)
	}
	return n.Type().YAMLName()
}

// At returns the place of a path as "kith.yaml:12:7". A path is written like
// `assets.sources[1].policy`; a key with a dot or a bracket is quoted, as in
// `assets.fields."os.name".limit` (see [Key]). The place is that of the value if the
// value is on one line, or else that of the key. If the file does not contain the path,
// the place is that of its longest prefix that the file contains.
func (f *File) At(path string) string { return f.Errorf(path, "").Place() }

// Errorf returns a problem at the place of path.
func (f *File) Errorf(path, format string, args ...any) *problem.InFile {
	at, _ := f.findPath(path)
	p := &problem.InFile{File: f.name, Text: fmt.Sprintf(format, args...)}
	if at != nil {
		p.Line, p.Column = at.Line, at.Column
	}
	return p
}

// findPath returns the place of path, and its node if the file contains the path.
func (f *File) findPath(path string) (*token.Position, ast.Node) {
	if f.root == nil {
		return nil, nil
	}
	n, at := f.root, startOf(f.root)
	for path != "" {
		var key string
		var index int
		key, index, path = splitPath(path)
		next, position := f.childOf(n, key, index)
		if next == nil {
			return at, nil
		}
		n, at = next, position
	}
	return at, n
}

// childOf returns the value of key, or the element at index if key is empty, and its
// position.
func (f *File) childOf(n ast.Node, key string, index int) (ast.Node, *token.Position) {
	if list, ok := f.resolveAlias(n).(*ast.SequenceNode); ok && key == "" {
		if index < len(list.Values) {
			return list.Values[index], startOf(list.Values[index])
		}
		return nil, nil
	}
	own, merged, _ := f.pairsOf(n)
	for _, p := range append(own, merged...) {
		if p.key == key {
			return p.value, f.pairPosition(p)
		}
	}
	return nil, nil
}

// pairPosition returns the position of the value of a pair, where a mistake probably
// is. If the value is absent or spread over the lines below, it returns that of the key.
func (f *File) pairPosition(p pair) *token.Position {
	if _, ok := scalarText(p.value); ok {
		return startOf(p.value)
	}
	if _, ok := p.value.(*ast.AliasNode); ok {
		return startOf(p.value)
	}
	return p.at
}

// splitPath splits a path after its first key or index.
func splitPath(path string) (key string, index int, rest string) {
	path = strings.TrimPrefix(path, ".")
	if strings.HasPrefix(path, "[") {
		digits, rest, _ := strings.Cut(path[1:], "]")
		index, _ = strconv.Atoi(digits)
		return "", index, rest
	}
	if quoted, err := strconv.QuotedPrefix(path); err == nil {
		key, _ = strconv.Unquote(quoted)
		return key, 0, path[len(quoted):]
	}
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	return path[:end], 0, path[end:]
}

// Key returns key as it is written in a path: quoted if it has a dot or a bracket.
func Key(key string) string {
	if key == "" || strings.ContainsAny(key, ".[]\"") {
		return strconv.Quote(key)
	}
	return key
}
