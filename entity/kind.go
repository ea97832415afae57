package entity

import "github.com/kithsec/kith/internal/entities"

// Kind distinguishes assets from identities.
type Kind uint8

// The kinds of entity. The zero Kind is neither.
const (
	Asset    = Kind(entities.Asset)
	Identity = Kind(entities.Identity)
)

// String returns "asset" or "identity", the words that every format uses.
func (k Kind) String() string { return entities.Kind(k).String() }
