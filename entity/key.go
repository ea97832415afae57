package entity

// KeyClass says which index of a table answers a key.
type KeyClass uint8

// The classes of keys. Identities have only names.
const (
	NameKey     KeyClass = iota // a name, compared ignoring case
	AddressKey                  // an IP address
	PrefixKey                   // a CIDR prefix shorter than an address
	MACKey                      // an EUI-48 or EUI-64
	MACRangeKey                 // first-last, both included
	SuffixKey                   // "*." and a name: every name below it
)

// Key is one key that an entity answers.
type Key struct {
	Class  KeyClass
	Fields uint8  // which of the key fields state it, a bit each: see KeyField
	Text   TextID // as it was spelled first
}

// KeyField numbers the groups of key fields in the order in which keys are
// listed (SPEC 3.1).
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
