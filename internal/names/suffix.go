package names

import (
	"strings"

	"github.com/kithsec/kith/internal/bytestext"
)

// growth is how many bytes of a name may fold to one: the Kelvin sign has three.
const growth = 3

// LookupSuffix returns the value of the longest stored name that lies strictly
// above name at a dot: for a.b.c it looks up b.c, then c. To match
// *.corp.example.com store corp.example.com. suffix is the part of name that
// was found, in its spelling; a trailing dot of name is for the caller to drop.
//
// Every label suffix is looked up, longest first, except those that have more
// or fewer dots than any stored name or more bytes than could match. At 20,000
// suffixes that beat tries, hashing from the right, and reading all slots at
// once, except for names that match nothing.
func (t *Table) LookupSuffix(zone uint32, name []byte) (value uint32, suffix []byte, found bool) {
	value, from, found := t.suffix(zone, bytestext.String(name))
	return value, name[from:], found
}

// LookupSuffixString is LookupSuffix of a string.
func (t *Table) LookupSuffixString(zone uint32, name string) (value uint32, suffix string, found bool) {
	value, from, found := t.suffix(zone, name)
	return value, name[from:], found
}

// suffix returns where the suffix begins; the end of name if none was found.
func (t *Table) suffix(zone uint32, name string) (value uint32, from int, found bool) {
	for dots := strings.Count(name, "."); dots > int(t.dots.least); {
		from += strings.IndexByte(name[from:], '.') + 1
		dots--
		if dots > int(t.dots.most) || len(name)-from > growth*t.most {
			continue
		}
		if value, found = t.LookupString(zone, name[from:]); found {
			return value, from, true
		}
	}
	return 0, len(name), false
}
