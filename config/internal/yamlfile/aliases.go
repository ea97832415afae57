package yamlfile

import "github.com/goccy/go-yaml/ast"

const (
	// MaxAliased limits the total size, in bytes, of what the aliases of a document
	// expand to. Without a limit, seven lines of ten aliases each expand to ten
	// million values. The size of a key or a value is that of its text plus valueSize.
	MaxAliased = 8 << 20
	valueSize  = 16
)

// CheckAliases returns an error if the aliases of a document expand to more than
// MaxAliased bytes. So do aliases that contain themselves through an anchor name that
// is defined twice. The error is a *problem.InFile.
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
	return f.problemAt(startOf(beyond), "the aliases up to here expand to more than the limit of %d bytes", MaxAliased)
}

// overLimit replaces every size that exceeds MaxAliased, so that sums do not overflow.
const overLimit = MaxAliased + 1

// expansion measures the nodes that aliases expand to. If several anchors have the
// same name, the largest one counts, whichever of them an alias refers to.
type expansion struct {
	anchors map[string][]ast.Node
	sizes   map[string]int // by anchor name; sizeUnknown while the anchor is being measured
}

const sizeUnknown = -1

func (x *expansion) collectAnchors(n ast.Node) bool {
	if a, ok := n.(*ast.AnchorNode); ok {
		name := a.Name.String()
		x.anchors[name] = append(x.anchors[name], a.Value)
	}
	return true
}

// aliasSize returns the size of the node that an alias with this name expands to.
func (x *expansion) aliasSize(name string) int {
	size, measured := x.sizes[name]
	switch {
	case measured && size != sizeUnknown:
		return size
	case measured && len(x.anchors[name]) > 1:
		return overLimit // the anchors may contain each other
	case measured:
		return valueSize // the decoder rejects an anchor that contains itself
	}
	x.sizes[name] = sizeUnknown
	largest := valueSize
	for _, n := range x.anchors[name] {
		largest = max(largest, x.nodeSize(n))
	}
	x.sizes[name] = largest
	return largest
}

// nodeSize returns the size of a node and all its descendants.
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

// visitor is called for every node. It reports whether to visit the children, too.
type visitor func(ast.Node) bool

func (v visitor) Visit(n ast.Node) ast.Visitor {
	if v(n) {
		return v
	}
	return nil
}
