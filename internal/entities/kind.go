// Package entities stores what lists say about assets and identities: the rows of
// the lists, and the entities that merging makes of them. Every distinct text is
// kept once, and a cell is the number of its text, so that millions of records
// take little memory and hold no pointers.
//
// It is below package entity, whose Entities wraps a Store; package merge fills
// it.
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
