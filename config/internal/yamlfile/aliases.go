package yamlfile

import "github.com/goccy/go-yaml/ast"

// MaxAliased bounds what the aliases of a document stand for, in bytes: seven
// lines of ten aliases each would stand for ten million values. A value or a key
// is as many bytes as its text, and valueSize.
const (
	MaxAliased = 8 << 20
	valueSize  = 16
)

// CheckAliases reports a document whose aliases stand for more than MaxAliased, or for
// themselves under a name that is given twice. The error is a *Problem.
func CheckAliases(name string, doc ast.Node) error {
	x := &expansion{anchors: map[string][]ast.Node{}, sizes: map[string]int{}}
	ast.Walk(visitor(x.collectAnchors), doc)
	if len(x.anchors) == 0 {
		return nil
	}
	var beyond ast.Node
	total := 0
	ast.Walk(visitor(func(n ast.Node) bool {
		alias, ok := n.(*ast.AliasNode)
		if ok {
			if total = min(total+x.aliasSize(alias.Value.String()), overLimit); total > MaxAliased && beyond == nil {
				beyond = n
			}
		}
		return !ok && beyond == nil
	}), doc)
	if beyond == nil {
		return nil
	}
	f := &File{name: name}
	return f.problemAt(startOf(beyond), "the aliases up to here stand for more than the limit of %d bytes", MaxAliased)
}

// overLimit is the size of everything that is too large.
const overLimit = MaxAliased + 1

// expansion measures what aliases stand for. Of anchors of one name the largest
// counts, so that it does not matter which of them an alias means.
type expansion struct {
	anchors map[string][]ast.Node
	sizes   map[string]int // of the anchors of a name; unknown while it is measured
}

const sizeUnknown = -1

func (x *expansion) collectAnchors(n ast.Node) bool {
	if a, ok := n.(*ast.AnchorNode); ok {
		name := a.Name.String()
		x.anchors[name] = append(x.anchors[name], a.Value)
	}
	return true
}

// aliasSize is the size of what an alias of that name stands for.
func (x *expansion) aliasSize(name string) int {
	size, measured := x.sizes[name]
	switch {
	case measured && size != sizeUnknown:
		return size
	case measured && len(x.anchors[name]) > 1:
		return overLimit // the one may contain the other without end
	case measured:
		return valueSize // what contains itself is refused by whoever decodes it, or is empty
	}
	x.sizes[name] = sizeUnknown
	largest := valueSize
	for _, n := range x.anchors[name] {
		largest = max(largest, x.nodeSize(n))
	}
	x.sizes[name] = largest
	return largest
}

// nodeSize is that of a node and of all below it.
func (x *expansion) nodeSize(n ast.Node) int {
	total := 0
	ast.Walk(visitor(func(n ast.Node) bool {
		size := valueSize
		switch n := n.(type) {
		case *ast.AliasNode:
			size = x.aliasSize(n.Value.String())
		case ast.ScalarNode:
			size += len(n.GetToken().Value)
		}
		total = min(total+size, overLimit)
		_, alias := n.(*ast.AliasNode)
		return !alias && total <= MaxAliased
	}), n)
	return total
}

// visitor is a function that is given every node, and says whether to go on
// below it.
type visitor func(ast.Node) bool

func (v visitor) Visit(n ast.Node) ast.Visitor {
	if v(n) {
		return v
	}
	return nil
}
