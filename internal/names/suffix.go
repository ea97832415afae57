package names

import (
	"strings"
)

// maxShrink is the greatest number of bytes that fold to a single byte: the Kelvin sign,
// which has three bytes, folds to k.
const maxShrink = 3

// LookupSuffix returns the value of the longest stored name that follows a dot in name and
// extends to its end: for a.b.c it looks up b.c, then c. To match *.corp.example.com, store
// corp.example.com. The result suffix is the part of name that matched, spelled as in name.
// A trailing dot of name must have been removed.
//
// LookupSuffix looks up every suffix, the longest first, except those that have more or
// fewer dots than any stored name, or are too long to match. With 20,000 stored suffixes
// this was faster than tries, than hashing from the right, and than reading all slots at
// once, except for names without a match.
func (t *Table) LookupSuffix(zone uint32, name string) (value uint32, suffix string, found bool) {
	from := 0
	for dots := strings.Count(name, "."); dots > int(t.dots.least); {
		from += strings.IndexByte(name[from:], '.') + 1
		dots--
		if dots > int(t.dots.most) || len(name)-from > maxShrink*t.longest {
			continue
		}
		if value, found = t.Lookup(zone, name[from:]); found {
			return value, name[from:], true
		}
	}
	return 0, "", false
}
