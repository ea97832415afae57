package entity

import "github.com/kithsec/kith/internal/schema"

// Column describes one column of a table's records, in the order in which
// enrichment writes them: the key or keys, the id, the tags, then the fields of
// schema without the zone, then custom ones.
type Column struct {
	Name     string // "asset", "asset_id", "asset_tag", "priority", …: what follows "<role>_"
	Type     schema.Type
	Multi    bool // its JSON is an array
	Fillable bool // an empty value is filled from a covering prefix
}

// The columns that every record begins with.
const (
	KeyColumn   = iota // asset: the canonical key, a string; identity: all keys, an array
	IDColumn           // the id, a string
	TagColumn          // the tags, an array
	FieldColumn        // the first field
)
