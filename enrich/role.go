package enrich

import "github.com/kithsec/kith/entity"

// Role is the part that an entity plays in an event.
type Role uint8

// The roles, in the order in which their fields are written.
const (
	Src Role = iota
	Dest
	Dvc
	Host
	User
	SrcUser
	roles
)

// Roles is the number of roles.
const Roles = int(roles)

var roleNames = [roles]string{"src", "dest", "dvc", "host", "user", "src_user"}

// String returns the role's name, which begins the names of its fields.
func (r Role) String() string { return roleNames[r] }

// Kind returns which table answers the role.
func (r Role) Kind() entity.Kind {
	if r >= User {
		return entity.Identity
	}
	return entity.Asset
}

func parseRole(name string) (Role, bool) {
	for i, n := range roleNames {
		if n == name {
			return Role(i), true
		}
	}
	return 0, false
}
