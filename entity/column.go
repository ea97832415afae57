package entity

// Column describes one column of a table's records. Columns are in the order in
// which enrichment writes them: the key or keys, the id, the tags, then the fields of
// the list without the zone, custom ones last.
type Column struct {
	Name     string // "asset", "asset_id", "asset_tag", "priority", …: what follows "<role>_"
	Multi    bool   // its JSON is an array
	Boolean  bool   // its JSON is true or false
	Fillable bool   // an empty value is filled from a covering prefix
}

// The columns that every record begins with.
const (
	KeyColumn   = iota // asset: the canonical key, a string; identity: all keys, an array
	IDColumn           // the id, a string
	TagColumn          // the tags, an array
	FieldColumn        // the first field
)
