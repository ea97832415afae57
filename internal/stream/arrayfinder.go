package stream

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/jsonscan"
)

// arrayFinder finds the array to open in a unit, and its elements.
type arrayFinder struct {
	arrays *Arrays
	unit   []byte
	value  valueScanner

	text     int         // length of the text before the object
	inObject bool        // the array is in an object
	name     string      // path of the array in the object
	around   []string    // paths of the other members
	elements []byteRange // of the array
	err      error       // what follows the last element is malformed
	rest     int         // where that begins

	firstOnly bool // stop after the first element
	stopped   bool
	depth     int // number of objects around the array
}

// byteRange is a range of bytes of a unit.
type byteRange struct{ from, to int }

// find looks for an array to open in a unit and reports whether there is one. A line that is an
// array counts if isLine is set.
func (f *arrayFinder) find(unit []byte, a *Arrays, isLine bool) bool {
	unit = bytes.TrimRight(unit, " \t\r\n")
	f.reset(unit, a)
	at := skipBlanks(unit, 0)
	switch {
	case at < len(unit) && unit[at] == '[':
		return isLine && f.isArray(at)
	case !a.Objects:
		return false
	case at < len(unit) && unit[at] != '{':
		if f.text = jsonscan.AfterText(unit); f.text == 0 {
			return false
		}
		at = f.text
	}
	f.inObject = true
	end, ok := f.readObject(at, "", 1)
	return (ok && skipBlanks(unit, end) == len(unit) || !ok && f.err != nil) && f.isWanted()
}

// begin looks for an array to open at the beginning of a unit whose end is not known. It returns
// the offset of the first element, of which there must be all, and the number of objects around
// the array.
func (f *arrayFinder) begin(unit []byte, a *Arrays) (offset, depth int, ok bool) {
	f.reset(unit, a)
	f.firstOnly = true
	if at := skipBlanks(unit, 0); !a.Objects || at == len(unit) || unit[at] != '{' {
		return 0, 0, false
	} else if f.readObject(at, "", 1); !f.stopped || !f.isWanted() {
		return 0, 0, false
	}
	return f.elements[0].from, f.depth, true
}

// beginsArray reports whether the first line of an object may begin with an array to open.
func (f *arrayFinder) beginsArray(line []byte) bool {
	f.reset(line, &Arrays{Objects: true})
	f.readObject(0, "", 1)
	return f.name != ""
}

func (f *arrayFinder) reset(unit []byte, a *Arrays) {
	*f = arrayFinder{arrays: a, unit: unit, value: f.value, around: f.around[:0], elements: f.elements[:0]}
}

// isArray reports whether the unit, which begins with a bracket at offset at, is an array of
// objects.
func (f *arrayFinder) isArray(at int) bool {
	end, ok := f.readElements(at)
	if ok && skipBlanks(f.unit, end) < len(f.unit) || len(f.elements) == 0 {
		return ok && len(f.elements) == 0 && skipBlanks(f.unit, end) == len(f.unit)
	}
	return f.unit[f.elements[0].from] == '{'
}

// isWanted reports whether the array that was found is to be opened.
func (f *arrayFinder) isWanted() bool {
	if len(f.elements) == 0 || f.unit[f.elements[0].from] != '{' {
		return false
	}
	if f.arrays.Names != nil {
		return true
	}
	allowed := func(name string) bool { return strings.HasPrefix(name, "@odata.") }
	switch f.name {
	case "hits.hits":
		allowed = func(string) bool { return true }
	case "items":
		allowed = func(name string) bool { return name == "kind" || name == "apiVersion" || name == "metadata" }
		if !slices.Contains(f.around, "kind") {
			return false
		}
	}
	for _, name := range f.around {
		if !allowed(name) {
			return false
		}
	}
	first := f.elements[0]
	return f.arrays.Fits(f.unit[first.from:first.to])
}

// isOpened reports whether the array at a path can be the one to open.
func (f *arrayFinder) isOpened(path string) bool {
	switch {
	case f.name != "":
		return false
	case f.arrays.Names != nil:
		return slices.Contains(f.arrays.Names, path)
	}
	switch path {
	case "Records", "records", "value", "events", "hits.hits", "items":
		return true
	}
	return false
}

// entersObject reports whether the array to open may be in the object at a path.
func (f *arrayFinder) entersObject(path string) bool {
	if f.arrays.Names == nil {
		return path == "hits"
	}
	return slices.ContainsFunc(f.arrays.Names, func(name string) bool { return strings.HasPrefix(name, path+".") })
}

// mayPrecede reports whether a member may be before the array of an object that only wraps it:
// in responses of OData and of searches, and in lists of Kubernetes.
func mayPrecede(name string) bool {
	switch name {
	case "took", "timed_out", "terminated_early", "num_reduce_phases", "_scroll_id", "pit_id", "_shards", "_clusters",
		"kind", "apiVersion", "metadata":
		return true
	}
	return strings.HasPrefix(name, "@odata.")
}

// readObject reads the object that begins at offset at, and returns where it ends. It returns
// false if the object is malformed or stopped is set.
func (f *arrayFinder) readObject(at int, prefix string, depth int) (end int, ok bool) {
	for at = skipBlanks(f.unit, at+1); at < len(f.unit) && f.unit[at] == '"'; {
		key, ok := f.skipValue(at)
		if !ok {
			return 0, false
		}
		path := prefix + string(f.unit[at+1:key-1])
		if at = skipBlanks(f.unit, key); at == len(f.unit) || f.unit[at] != ':' {
			return 0, false
		}
		if at = skipBlanks(f.unit, at+1); at == len(f.unit) {
			return 0, false
		}
		switch c := f.unit[at]; {
		case c == '[' && f.isOpened(path):
			f.name, f.depth = path, depth
			at, ok = f.readElements(at)
		case c == '{' && f.name == "" && f.entersObject(path):
			at, ok = f.readObject(at, path+".", depth+1)
		case f.arrays.Names == nil && f.name == "" && depth == 1 && !mayPrecede(path):
			return 0, false // as most objects, whose first member this is
		default:
			f.around = append(f.around, path)
			at, ok = f.skipValue(at)
		}
		if !ok {
			return 0, false
		}
		at = skipBlanks(f.unit, at)
		if at < len(f.unit) && f.unit[at] == ',' {
			at = skipBlanks(f.unit, at+1)
		}
	}
	if at < len(f.unit) && f.unit[at] == '}' {
		return at + 1, true
	}
	if len(f.elements) > 0 && f.err == nil {
		f.err, f.rest = errCutShort, at
	}
	return 0, false
}

// readElements reads the array that begins at offset at, and returns where it ends. It returns
// false if the array is malformed or stopped is set; err is then why.
func (f *arrayFinder) readElements(at int) (end int, ok bool) {
	at = skipBlanks(f.unit, at+1)
	if at < len(f.unit) && f.unit[at] == ']' {
		return at + 1, true
	}
	for {
		end, ok := f.skipValue(at)
		if !ok {
			return 0, false
		}
		f.elements = append(f.elements, byteRange{at, end})
		if f.stopped = f.firstOnly; f.stopped {
			return 0, false
		}
		switch at = skipBlanks(f.unit, end); {
		case at == len(f.unit):
			f.err, f.rest = errCutShort, end
			return 0, false
		case f.unit[at] == ']':
			return at + 1, true
		case f.unit[at] != ',':
			f.err = fmt.Errorf("%q where a comma or ] should be", f.unit[at])
			f.rest = at
			return 0, false
		}
		at = skipBlanks(f.unit, at+1)
	}
}

// skipValue returns where the value that begins at offset at ends. It returns false if it is
// malformed; err is then why.
func (f *arrayFinder) skipValue(at int) (end int, ok bool) {
	f.value.reset()
	n, done, err := f.value.scan(f.unit[at:])
	if err == nil && !done && !f.value.endsHere() {
		err = errCutShort
	}
	f.err, f.rest = err, at
	return at + n, err == nil
}

// skipBlanks returns the offset of the first byte of text that is not white space, beginning at
// offset at.
func skipBlanks(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n') {
		at++
	}
	return at
}
