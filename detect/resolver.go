package detect

import "github.com/kithsec/kith/entity"

// Resolver tells which entity a text names. snapshot.Snapshot is one.
type Resolver interface {
	// Resolve answers text in a zone; objectType "user" asks the identities
	// first, everything else the assets. It may be called concurrently.
	Resolve(zone, text, objectType string) (entity.Resolved, bool)
}

// Namer is what a Resolver may be, too, so that objects are named without
// reading all that is known of their entities. It is asked in place of Resolve
// if no factor, filter or message of the configuration names a field of the
// entity. snapshot.Snapshot is one.
type Namer interface {
	Resolver
	// AppendName answers as Resolve does: it appends the canonical key of the
	// entity to dst, and tells of its kind, of the step that found it, and of its
	// priority after filling. If nothing is found, dst comes back as it was. It
	// may be called concurrently.
	AppendName(dst []byte, zone entity.Zone, text, objectType string) (name []byte, kind entity.Kind, step entity.Step, priority entity.Priority, found bool)
	// AppendNames answers many names as AppendName answers one: it appends their
	// keys to dst and sets to[i] to what there is to say of texts[i]. It may be
	// called concurrently.
	AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte
}
