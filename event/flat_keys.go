package event

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/kithsec/kith/internal/bytestext"
)

// flatPrefixes rejects most flat keys that do not stand for the object of a sign, by their
// first two bytes and their length.
type flatPrefixes struct {
	// By a hash of the first two bytes, the length of the shortest key that may stand for an
	// object: in the event, and in an object inside it.
	outer, within [256]uint16
	// inner holds the ends of the paths of signs ("System" of "Event.System"). A key in an
	// object that begins with one may continue the path of a sign.
	inner map[string]bool
}

// newFlatPrefixes returns the filter for some signs.
func newFlatPrefixes(signs []sign) flatPrefixes {
	f := flatPrefixes{inner: map[string]bool{}}
	for i := range f.outer {
		f.outer[i], f.within[i] = ^uint16(0), ^uint16(0)
	}
	for _, s := range signs {
		addPrefix(&f.outer, s.path)
		for rest, more := s.path, true; more; {
			if _, rest, more = strings.Cut(rest, "."); more {
				addPrefix(&f.within, rest)
				f.inner[rest] = true
			}
		}
	}
	return f
}

// addPrefix makes a table accept the keys below a path.
func addPrefix(table *[256]uint16, path string) {
	at := &table[hashStart(path[0], (path + ".")[1])]
	*at = min(*at, uint16(min(len(path)+1, 1<<15)))
}

func hashStart(first, second byte) uint8 { return first*31 ^ second }

// mayAccept reports whether a table may accept a key.
func mayAccept(table *[256]uint16, key []byte) bool {
	return len(key) >= 2 && len(key) >= int(table[hashStart(key[0], key[1])])
}

// isInner reports whether a key begins with the end of the path of a sign.
func (f *flatPrefixes) isInner(key []byte) bool {
	for i, c := range key {
		if c == '.' && f.inner[string(key[:i])] {
			return true
		}
	}
	return false
}

// withFlatKeys adds to the signs that a scanned event has at the paths of signs those of the
// objects for which its flat keys stand.
func (d *detector) withFlatKeys(e *JSON, seen signSet) signSet {
	decode := false
	e.scanner.VisitDottedKeys(e.raw, func(key []byte, colon int) {
		outer, within := mayAccept(&d.flat.outer, key), mayAccept(&d.flat.within, key)
		if !outer && !within {
			return
		}
		isEvent := e.scanner.DepthAt(e.raw, colon) == 1
		switch {
		case isEvent && outer:
			seen = seen.union(d.signsAround(bytestext.String(key)))
		case !isEvent && within && d.flat.isInner(key):
			decode = true
		}
	})
	if decode { // rare: a flat key inside an object, such as "System.Computer" in "Event"
		var m map[string]any
		decoder := json.NewDecoder(bytes.NewReader(e.raw[e.scanner.Root().Start:]))
		decoder.UseNumber()
		if decoder.Decode(&m) == nil {
			_, all := d.signsIn(m, "")
			seen = seen.union(all)
		}
	}
	return seen
}
