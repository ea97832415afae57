package event

import (
	"iter"
	"strings"

	"github.com/kithsec/kith/entity"
)

// Role is the part that an entity has in an event, such as the source of a
// connection or the user who logs on.
type Role uint8

// The roles, in the order in which their fields are written.
const (
	Src Role = iota
	Dest
	Dvc
	Host
	User
	SrcUser
)

// NumRoles is the number of roles.
const NumRoles = 6

var roleNames = [NumRoles]string{"src", "dest", "dvc", "host", "user", "src_user"}

// String returns the role's name, which is also the prefix of the fields that are
// written for it.
func (r Role) String() string {
	if r >= NumRoles {
		return "unknown"
	}
	return roleNames[r]
}

// Kind returns the kind of the entities in the role: identities for User and
// SrcUser, assets for the others.
func (r Role) Kind() entity.Kind {
	if r >= User {
		return entity.Identity
	}
	return entity.Asset
}

// ParseRole returns the role of that name, or false if there is none.
func ParseRole(name string) (Role, bool) {
	for i, n := range roleNames {
		if n == name {
			return Role(i), true
		}
	}
	return 0, false
}

// Roles is a set of roles. The zero Roles is empty.
type Roles uint8

// With returns the set with role added.
func (r Roles) With(role Role) Roles { return r | 1<<role }

// Has reports whether role is in the set.
func (r Roles) Has(role Role) bool { return r>>role&1 != 0 }

// String returns the names of the roles, separated by commas.
func (r Roles) String() string {
	var names []string
	for role := range r.All() {
		names = append(names, role.String())
	}
	return strings.Join(names, ",")
}

// All yields the roles of the set in the order in which their fields are written.
func (r Roles) All() iter.Seq[Role] {
	return func(yield func(Role) bool) {
		for role := range Role(NumRoles) {
			if r.Has(role) && !yield(role) {
				return
			}
		}
	}
}
