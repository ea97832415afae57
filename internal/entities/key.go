package entities

import "github.com/kithsec/kith/internal/schema"

// Key is one key that resolves to an entity.
type Key struct {
	Class  schema.KeyClass
	Fields uint8  // which of the key fields state it, a bit each: see KeyField
	Text   TextID // as it was spelled first
}

// KeyField numbers the groups of key fields in the order in which keys are
// listed.
type KeyField uint8

// The groups of key fields. Identities use KeyNTHost for identity values,
// KeyDNS for e-mails and KeyCustom for generated keys.
const (
	KeyIP KeyField = iota
	KeyMAC
	KeyNTHost
	KeyDNS
	KeyCustom
)

// Bit returns the field's bit in Key.Fields.
func (f KeyField) Bit() uint8 { return 1 << f }
