package detect

import "github.com/kithsec/kith/entity"

// Resolver resolves texts to entities. snapshot.Snapshot is one.
type Resolver interface {
	// Resolve returns the entity that a text names in a zone. With objectType "user"
	// identities come before assets, otherwise assets come first. It may be called
	// concurrently.
	Resolve(zone entity.Zone, text, objectType string) (entity.Resolved, bool)
}

// Namer is a Resolver that can return the names of entities without reading the
// rest of them. AppendNames is used in place of Resolve unless a factor, a filter or a
// message reads a field of the entity. snapshot.Snapshot is one.
type Namer interface {
	Resolver
	// AppendNames resolves texts as Resolve does. It appends the canonical keys of the
	// entities to dst and sets to[i] for texts[i]; where there is no entity, to[i].Step
	// is zero. It may be called concurrently.
	AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte
}
