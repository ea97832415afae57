package detect

import "github.com/kithsec/kith/entity"

// Resolver resolves texts to entities. snapshot.Snapshot is one.
type Resolver interface {
	// Resolve returns the entity that a text names in a zone. With objectType "user"
	// identities come before assets, otherwise assets come first. It may be called
	// concurrently.
	Resolve(zone, text, objectType string) (entity.Resolved, bool)
}

// Namer is a Resolver that can return the name of an entity without reading the
// rest of it. Its methods are used in place of Resolve unless a factor, a filter or
// a message reads a field of the entity. snapshot.Snapshot is one.
type Namer interface {
	Resolver
	// AppendName resolves a text as Resolve does. It appends the canonical key of the
	// entity to dst and returns its kind, the step that found it, and its priority
	// after filling. If there is no entity, it returns dst as it was. It may be called
	// concurrently.
	AppendName(dst []byte, zone entity.Zone, text, objectType string) (name []byte, kind entity.Kind, step entity.Step, priority entity.Priority, found bool)
	// AppendNames is AppendName for many texts: it appends their keys to dst and sets
	// to[i] for texts[i]. It may be called concurrently.
	AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte
}
