// Package entities stores the rows of lists, and the entities that merging makes of
// them. Each distinct text is stored once, and a cell is the number of its text, so
// that millions of records take little memory and hold no pointers.
//
// Package merge fills a Store, and entity.Entities wraps it.
package entities

// Kind distinguishes assets from identities.
type Kind uint8

// The kinds of entity. The zero Kind is neither.
const (
	Asset Kind = iota + 1
	Identity
)

// String returns "asset" or "identity", the words that every format uses.
func (k Kind) String() string {
	switch k {
	case Asset:
		return "asset"
	case Identity:
		return "identity"
	}
	return "unknown"
}
